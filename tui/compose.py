"""The one place where the parts are put together; nothing else builds an adapter, and `tui.stores`
alone opens a store.

Everything slow is imported here, at the moment it is needed: the screen has painted by then.
"""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tui.errors import SettingsError
from tui.heap import share_heap
from tui.settings import Settings
from tui.silence import silence
from tui.stores import (
    PrivateStores,
    Stores,
    cache_of,
    open_checkpoints,
    open_directory,
    open_retention,
    open_seal,
    scanner,
)

if TYPE_CHECKING:
    from agents.context import Context
    from agents.ports import Inspector
    from agents.session import Session
    from memory.checkpoints import Checkpoints
    from memory.directory import DataDirectory
    from memory.ledger import Ledger
    from memory.sealing import Seal
    from tools.editing.editor import Editor
    from tools.guarding.guard import Guard
    from tools.models.bake import Baker
    from tools.models.embedder import Embedder
    from tools.models.references import Model

Progress = Callable[[str, int, int], None]

SHIPPED = Path(__file__).resolve().parents[1] / "patient" / "lethe-patient-q8_0.gguf"
"""The small model that comes along, so that a newcomer sees forgetting without a download."""


def open_session(
    settings: Settings, *, thread_id: str | None = None, progress: Progress | None = None
) -> "Session":
    """A session on the settings' model and data directory, recovered from any crash before.

    Raises:
        ToolError: the model or the embedder cannot be used.
        MemoryFault: the data directory cannot be used, or another Lethe holds it.
    """
    silence(os.environ)
    share_heap()
    report = progress or _silent
    with ExitStack() as opened:
        return _opened(settings, thread_id, report, opened)


def _opened(
    settings: Settings, thread_id: str | None, report: Progress, opened: ExitStack
) -> "Session":
    from agents import private
    from agents.graph import build
    from agents.operation import recover
    from agents.questions import decline_unasked, keep_consents
    from agents.session import Session, new_thread_id
    from memory.soundness import require_whole

    directory = open_directory(settings, opened)
    seal = open_seal(settings, directory)
    require_whole(directory)
    report("loading the model", 0, 0)
    model = open_model(settings, opened)
    embedder = open_embedder(settings, report, opened)
    stores = (PrivateStores if settings.private else Stores)(directory, embedder, opened, seal)
    guard = open_guard(model, settings, stores)
    unread: list[str] = []
    checkpoints = open_checkpoints(settings, directory, opened, seal, unread)
    editor = open_editor(model, settings, directory, seal)
    context = replace(
        context_of(stores, thread_id or new_thread_id(), model, editor, checkpoints, guard),
        baker=open_baker(model) if editor else None, guest=settings.guest,
        unread=unread, private=settings.private,
        retention=open_retention(settings, directory, checkpoints, stores),
        scanner=None if settings.private else scanner(
            settings, embedder.embed, seal, lambda: stores.read(directory, checkpoints, seal)
        ),
    )
    graph = build(checkpoints.saver)
    keep_consents(context, graph)
    (private.stand if settings.private else recover)(context, report)
    decline_unasked(context, graph)
    return Session(
        graph, context, checkpoints,
        method=settings.method, close=opened.pop_all().close,
    )


def context_of(
    stores: Stores, thread_id: str, model: "Model", editor: "Editor | None", saved: "Checkpoints",
    guard: "Guard",
) -> "Context":
    """The world as the graph sees it."""
    from agents.context import Context
    from tools.watching.watcher import Watcher

    return Context(
        thread_id=thread_id, patient=model, watcher=Watcher(stores.embedder),
        memories=stores.memories, ledger=stores.ledger, receipts=stores.receipts,
        guard=guard, targets=stores.targets, saved=saved,
        locator=editor, editor=editor, prober=editor, inspector=open_inspector(model, editor),
    )


def open_model(settings: Settings, opened: ExitStack) -> "Model":
    """The patient: the shipped one, any GGUF chat model here, a server's, or a script.

    Raises:
        ToolError: the reference names nothing usable.
    """
    from tools.models.references import open_model

    model = open_model(
        settings.model, default=SHIPPED, threads=settings.threads,
        cache_dir=_facts_cache(settings), key=settings.api_key,
    )
    opened.callback(model.close)
    return model


def open_embedder(settings: Settings, report: Progress, opened: ExitStack) -> "Embedder":
    """The embedder; the very first start fetches and converts it.

    Raises:
        ToolError: it is not there and cannot be fetched.
        SettingsError: it is not there, and a private session fetches nothing.
    """
    from tools.models.embedder import Embedder
    from tools.models.embedder_files import embedder_path, ensure_embedder

    if settings.private and not embedder_path(cache_of(settings)).is_file():
        raise SettingsError(
            "the embedder has to be fetched once, and a private session writes nothing:"
            " start Lethe without --private first"
        )
    return opened.enter_context(Embedder(ensure_embedder(cache_of(settings), report)))


def open_editor(
    model: "Model", settings: Settings, directory: "DataDirectory", seal: "Seal"
) -> "Editor | None":
    """The editor of a model in this process whose weights can be edited, None for any other."""
    from tools.editing.editor import Editor
    from tools.editing.unkept import keep_nothing
    from tools.models.engine import LlamaEngine

    if not isinstance(model, LlamaEngine) or not model.info.editable:
        return None
    editor = Editor(model, cache_of(settings), directory.edits, sealer=seal)
    if settings.private:
        keep_nothing(editor)
    return editor


def open_inspector(model: "Model", editor: "Editor | None") -> "Inspector | None":
    """What looks inside an edited model, None where nothing is edited."""
    from tools.models.engine import LlamaEngine
    from tools.probing.whitebox.receipt import ReceiptInspector

    if editor is None or not isinstance(model, LlamaEngine):
        return None
    return ReceiptInspector(editor, model.path)


def open_baker(model: "Model") -> "Baker | None":
    """What writes files of a model's edits, None for a model that is not in this process."""
    from tools.models.bake import Baker
    from tools.models.engine import LlamaEngine

    return Baker(model) if isinstance(model, LlamaEngine) else None


def open_guard(model: "Model", settings: Settings, stores: Stores) -> "Guard":
    """The guard with the strategy that is set. A model elsewhere never hears a target's name.

    With `refusal` no prompt names a target, not even to judge. A guest's questions are answered by
    it: others take longer than about a stranger.

    Raises:
        SettingsError: the strategy would tell it.
    """
    from prompts import render
    from tools.guarding.guard import Guard
    from tools.guarding.judge import Judge
    from tools.guarding.strategies import Parts, strategy

    name = "refusal" if settings.guest else settings.strategy
    silent = name == "refusal" or model.info.elsewhere
    judge = None if silent else Judge(model, render)
    others = partial(found_by, stores.ledger, "neighbours")
    parts = Parts(render, others, able=lambda: judge is not None and judge.able)
    guard = Guard(
        stores.embedder, strangers=partial(found_by, stores.ledger, "twins"),
        build=strategy(name, parts), judge=judge,
    )
    if guard.discloses and model.info.elsewhere:
        raise SettingsError(
            f"the strategy {name!r} puts the names of what was forgotten into"
            f" prompts, and {model.info.ref!r} is not on this machine; choose 'refusal'"
        )
    return guard


def found_by(
    ledger: "Ledger", what: Literal["twins", "neighbours"], request_id: str
) -> list[str]:
    """Names that the surgeon found for a request: strangers like it, or who stands near it."""
    findings = ledger.get(request_id)["findings"]
    return list(findings[what]) if findings else []


def _facts_cache(settings: Settings) -> Path | None:
    """Where facts about the model file are cached; None where finding one would write there."""
    from tools.models.file_facts import is_known
    from tools.models.references import is_file, resolve

    cache = cache_of(settings)
    if not settings.private or not is_file(settings.model):
        return cache
    return cache if is_known(resolve(settings.model, default=SHIPPED), cache) else None


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody follows."""
