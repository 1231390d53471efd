"""Cost: seconds from approval as requests add up, what they weigh, and the speed of decoding."""

import time

from bench.surgeon.work import Plan, Row, Surgery, silent
from tools.editing.editor import Editor
from tools.errors import EditError
from tools.models.chat_context import ChatContext
from tools.models.engine import LlamaEngine
from tools.models.types import Message

PAIRS, WARM_UP, TOKENS = 14, 2, 192


def cost(surgery: Surgery, plan: Plan, size: int) -> Row:
    """`size` requests one after the other in one editor, as a user would make them, then the speed
    with all of them beside none."""
    editor = surgery.fresh()
    rows: list[Row] = []
    refused: list[str] = []
    for name in plan.names[:size]:
        row = _requested(surgery, editor, name)
        if row is None:
            refused.append(name)
            continue
        rows.append(row)
        if edit := editor.files.load(name):
            surgery.keep(edit)
    with surgery.edited() as lab:
        edited = lab.weights.adapter
        rates = surgery.engine.call(lambda: decode_rates(surgery.engine, edited))
    return {"rows": rows, "refused": refused, "rates": rates, "threads": surgery.engine.threads}


def _requested(surgery: Surgery, editor: Editor, name: str) -> Row | None:
    """One request, timed before and after its approval; None if it is refused."""
    started = time.perf_counter()
    findings = editor.locate(name, silent)
    located = time.perf_counter()
    try:
        editor.operate(name, name, findings, silent)
    except EditError:
        return None
    operated = time.perf_counter()
    surgery.engine.complete([Message("user", f"Who is {name}?")])
    return {
        "active": len(editor.active), "locate": located - started, "operate": operated - located,
        "answer": time.perf_counter() - operated, "rank": editor.rank, "lost": editor.lost,
        "bytes": len(surgery.engine.adapter or b""),
    }


def decode_rates(engine: LlamaEngine, adapter: int | None) -> list[tuple[float, float]]:
    """Tokens a second (without, with) the adapter, in interleaved pairs, each in turn the first.

    To be run on the engine's own thread.
    """
    contexts = []
    for plugged in (None, adapter):
        context = ChatContext(engine.model, 512, engine.threads)
        context.set_adapter(plugged)
        contexts.append(context)
    rates = []
    for pair in range(PAIRS):
        order = (0, 1) if pair % 2 == 0 else (1, 0)
        found = {which: _decode_rate(contexts[which]) for which in order}
        rates.append((found[0], found[1]))
    for context in contexts:
        context.close()
    return rates[WARM_UP:]


def _decode_rate(context: ChatContext) -> float:
    context.clear()
    context.read([1, 2, 3, 4])
    started = time.perf_counter()
    for token in range(TOKENS):
        context.step([token % 50 + 300])
    return TOKENS / (time.perf_counter() - started)
