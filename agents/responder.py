"""The responder: answers the turn, guarded where it touches a forgotten target.

Nothing is shown that the filter has not passed: the model's text goes through the hold-back filter
sentence by sentence, and memories and earlier lines are filtered before they enter the context.
"""

from collections.abc import Iterator
from time import monotonic

from langgraph.runtime import Runtime

from agents.context import Context, Emit
from agents.events import AnswerFinished, AnswerGrew
from agents.recall import keep_statement, prelude, quotation
from agents.state import Line, State
from tools.guarding.stream_filter import Blocked, StreamFilter
from tools.guarding.targets import Match
from tools.models.types import Message


def screen(state: State, runtime: Runtime[Context]) -> State:
    """Look whether the talk, with this turn, touches a target; only its id is kept."""
    match = runtime.context.guard.screen(spoken(state))
    return State(guard_id=match.request_id if match else None)


def respond(state: State, runtime: Runtime[Context]) -> State:
    """Speak the answer, sentence by sentence, as far as the filter lets it pass."""
    context, started = runtime.context, monotonic()
    context.halt.clear()
    match = context.guard.screen(spoken(state)) if state["guard_id"] else None
    answer, match = speak(state, match, context, runtime.stream_writer)
    guard_id = match.request_id if match else None
    return State(answer=answer, guard_id=guard_id, seconds=monotonic() - started)


def audit(state: State, runtime: Runtime[Context]) -> State:
    """Record the exchange as it was shown and report it."""
    context, answer, guard_id = runtime.context, state["answer"], state["guard_id"]
    if guard_id is None:
        keep_statement(state["turn"], context)
    runtime.stream_writer(
        AnswerFinished(
            answer, guard_id is not None, guard_id, state["seconds"], context.halt.is_set()
        )
    )
    lines = [*state.get("messages", []), Line(role="user", content=state["turn"])]
    return State(messages=[*lines, Line(role="assistant", content=answer)], turn="", answer="")


def spoken(state: State) -> list[str]:
    """What the user said in this thread, oldest first, this turn last."""
    said = [line["content"] for line in state.get("messages", []) if line["role"] == "user"]
    return [*said, state["turn"]]


def speak(
    state: State, match: Match | None, context: Context, emit: Emit
) -> tuple[str, Match | None]:
    """The answer as shown, and the match that guarded it if one did.

    An unguarded answer that runs into a target is cut there, unshown, and answered again guarded.
    """
    messages = conversation(state, context)
    released = ""
    if match is None:
        held = context.guard.filter(state["turn"])
        try:
            return shown(freely(state, messages, context), held, emit), None
        except Blocked as blocked:
            match, released = blocked.match, blocked.released
            context.patient.stop()
    guarded = context.guard.answer(messages, match, context.patient)
    return released + "".join(_release(sentence, emit) for sentence in guarded), match


def freely(state: State, messages: list[Message], context: Context) -> Iterator[str]:
    """The patient's own words; for a patient too small to use memories, the user's."""
    quoted = quotation(state["turn"], context)
    if quoted:
        return iter([quoted])
    return context.patient.stream(messages)


def shown(pieces: Iterator[str], held: StreamFilter, emit: Emit) -> str:
    """Pass `pieces` through a hold-back filter and emit what it releases.

    Raises:
        Blocked: the text ran into a target; nothing of that sentence was emitted.
    """
    text = ""
    for piece in pieces:
        text += _release(held.feed(piece), emit)
    return text + _release(held.finish(), emit)


def _release(text: str, emit: Emit) -> str:
    if text:
        emit(AnswerGrew(text))
    return text


def conversation(state: State, context: Context) -> list[Message]:
    """The thread as the patient sees it: no line of it, and no memory, touches a target."""
    lines = [Message(line["role"], line["content"]) for line in state.get("messages", [])]
    talk = context.guard.history([*lines, Message("user", state["turn"])])
    return [*prelude(state["turn"], context), *talk]
