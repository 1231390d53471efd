"""The watchdog: reads the user's turn and says what is wanted, before anything else happens.

It sees user turns only. The cheap reader decides; where it is unsure and the patient can follow
instructions, the patient is asked; where that does not settle it, the user is.
"""

import json
from typing import Literal, cast, get_args

from langgraph.runtime import Runtime
from langgraph.types import Command, interrupt

from agents.context import Context
from agents.events import Intent, TurnJudged, Verdict
from agents.ports import Patient
from agents.state import State
from prompts import render
from tools.models.types import Message, Sampling

Next = Literal["screen", "locate", "find", "tell", "keep", "weigh", "withhold", "ask_meaning"]
ROUTES: dict[Intent, Next] = {
    "ask": "screen", "forget": "locate", "restore": "find", "list": "tell", "remember": "keep",
    "expire": "weigh",
}
READ_ONLY: tuple[Intent, ...] = ("ask", "list")
"""What a private session takes."""
MEANINGS = ("forget it", "just answer")


def watch(state: State, runtime: Runtime[Context]) -> Command[Next]:
    """Judge the turn and route it; a verb of the command line overrules the judgement."""
    verdict = judge(state, runtime.context)
    runtime.stream_writer(TurnJudged(verdict))
    update = State(verdict=verdict, subject=verdict["subject"] or "")
    unsure = verdict["confidence"] < runtime.context.limits.sure
    doubtful = verdict["intent"] == "forget" and unsure and not state.get("intent")
    if runtime.context.private and verdict["intent"] not in READ_ONLY:
        return Command(update=update, goto="screen" if doubtful else "withhold")
    if doubtful:
        return Command(update=update, goto="ask_meaning")
    return Command(update=update, goto=ROUTES[verdict["intent"]])


def ask_meaning(state: State) -> Command[Literal["locate", "screen"]]:
    """Ask whether a doubtful order was one; nothing is taken for a forget on a guess."""
    subject = state["subject"] or "that"
    question = f"Shall I forget what I hold about {subject}?"
    answer = interrupt({"kind": "choice", "question": question, "options": list(MEANINGS)})
    return Command(goto="locate" if answer == MEANINGS[0] else "screen")


def judge(state: State, context: Context) -> Verdict:
    """The verdict on the turn: of the cheap reader, then of the patient where that is unsure.

    What a guest says is a question.
    """
    if context.guest:
        return Verdict(intent="ask", subject=None, scope="entity", confidence=1.0)
    history = [line["content"] for line in state.get("messages", []) if line["role"] == "user"]
    verdict = context.watcher.judge(state["turn"], history)
    if forced := state.get("intent"):
        return _as_ordered(forced, verdict, state["turn"], context)
    unsure = verdict["intent"] == "forget" and verdict["confidence"] < context.limits.sure
    # A server is not asked what to make of a name that it is not to hear again.
    if unsure and context.patient.info.instruct and context.patient.info.local:
        return _second_opinion(verdict, state["turn"], context.patient)
    return verdict


def _as_ordered(forced: Intent, verdict: Verdict, turn: str, context: Context) -> Verdict:
    """The verdict under a verb that was given apart: "Marcus Feld" is read as "forget Marcus Feld".

    What still cannot be read as that order is taken whole for its subject.
    """
    if verdict["intent"] != forced:
        verdict = context.watcher.judge(f"{forced} {_bare(turn, forced)}")
    understood = verdict["intent"] == forced
    return Verdict(
        intent=forced, subject=verdict["subject"] if understood else _bare(turn, forced),
        scope=verdict["scope"] if understood else "entity", confidence=1.0,
    )


def _bare(turn: str, forced: Intent) -> str:
    """The turn without the verb, for one that repeats it."""
    verb, _, rest = turn.strip().partition(" ")
    return rest if verb.casefold() == forced else turn.strip()


def _second_opinion(first: Verdict, turn: str, patient: Patient) -> Verdict:
    """The doubtful order, or a question if the patient reads none in it.

    What a model says orders nothing: it can only keep a turn from being taken for an order.
    """
    messages = [Message("user", render("watchdog", message=turn))]
    reply = "".join(patient.stream(messages, Sampling(max_tokens=80)))
    if read_intent(reply) in (None, first["intent"]):
        return first
    return Verdict(intent="ask", subject=None, scope="entity", confidence=0.5)


def read_intent(reply: str) -> Intent | None:
    """The intent in a JSON reply, or None when there is no well-formed one."""
    start, end = reply.find("{"), reply.rfind("}")
    try:
        said = json.loads(reply[start : end + 1]).get("intent")
    except (ValueError, AttributeError):
        return None
    known = said in get_args(Intent) and said != "expire"  # which is known by its words alone
    return cast(Intent, said) if known else None


