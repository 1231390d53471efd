"""The responder: answers the turn, guarded where it touches a forgotten target.

Nothing is shown that the filter has not passed: the model's text goes through the hold-back filter
sentence by sentence, and memories and earlier lines are filtered before they enter the context.
"""

from collections.abc import Iterator
from dataclasses import asdict
from time import monotonic

from langgraph.runtime import Runtime

from agents.context import Context, Emit
from agents.events import AnswerFinished, AnswerGrew, Event, StepTaken, ThoughtGrew
from agents.pace import Pace
from agents.recall import keep_statement, prelude, quotation
from agents.state import Line, State
from tools.guarding.strategy import Part, Thought
from tools.guarding.stream_filter import Blocked
from tools.guarding.targets import Match
from tools.models.thinking import separated
from tools.models.types import Message


def screen(state: State, runtime: Runtime[Context]) -> State:
    """Look whether the talk, with this turn, touches a target."""
    begun = monotonic()
    runtime.context.halt.clear()
    match = runtime.context.guard.screen(spoken(state))
    return State(match=asdict(match) if match else None, begun=begun)


def respond(state: State, runtime: Runtime[Context]) -> State:
    """Speak the answer, sentence by sentence, as far as the filter lets it pass."""
    context, begun = runtime.context, state["begun"]
    emit = for_guests(runtime.stream_writer) if context.guest else runtime.stream_writer
    pace = Pace(begun, context.limits.tick)
    answer, match = speak(state, found(state), context, pace.keep(emit))
    pace.wait(grace=0.0)
    guard_id = match.request_id if match else None
    return State(answer=answer, guard_id=guard_id, match=None, seconds=monotonic() - begun)


def audit(state: State, runtime: Runtime[Context]) -> State:
    """Record the exchange as it was shown and report it."""
    context, answer, guard_id = runtime.context, state["answer"], state["guard_id"]
    told = None if context.guest else guard_id
    runtime.stream_writer(
        AnswerFinished(answer, told is not None, told, state["seconds"], context.halt.is_set())
    )
    if guard_id is None:
        keep_statement(state["turn"], context)
    lines = [*state.get("messages", []), Line(role="user", content=state["turn"])]
    return State(messages=[*lines, Line(role="assistant", content=answer)], turn="", answer="")


def found(state: State) -> Match | None:
    """What the screen found, read back from the state."""
    row = state["match"]
    return Match(**{**row, "span": tuple(row["span"])}) if row else None


def spoken(state: State) -> list[str]:
    """What the user said in this thread, oldest first, this turn last."""
    said = [line["content"] for line in state.get("messages", []) if line["role"] == "user"]
    return [*said, state["turn"]]


def speak(
    state: State, match: Match | None, context: Context, emit: Emit
) -> tuple[str, Match | None]:
    """The answer as shown, and the match that guarded it if one did.

    An unguarded answer that runs into a target is cut there, unshown, and answered again guarded
    if nothing was shown of it. What the user stopped, while it was looked up too, is not begun.
    """
    if context.halt.is_set():
        return "", match
    messages = conversation(state, context)
    free = freely(state, messages, context)  # looked up in either case, for the time it takes
    said: list[str] = []
    if match is None:
        try:
            for text in shown(free, state["turn"], context, emit):
                said.append(text)  # noqa: PERF402 - what came before a `Blocked` must stay
            return "".join(said), None
        except Blocked as blocked:
            match = blocked.match
            context.patient.stop()
            if "".join(said).strip():
                return "".join(said), match
    for part in context.guard.answer(messages, match, context.patient):
        said.append(_told(part, emit))
        if context.halt.is_set():
            break
    return "".join(said), match


def freely(state: State, messages: list[Message], context: Context) -> Iterator[str]:
    """The patient's own words; for a patient too small to use memories, the user's."""
    quoted = quotation(state["turn"], context)
    if quoted:
        return iter([quoted])
    return context.patient.stream(messages)


def shown(pieces: Iterator[str], question: str, context: Context, emit: Emit) -> Iterator[str]:
    """Pass `pieces` through hold-back filters, emit what they release, yield what is answer.

    A reasoning model's thought passes a filter of its own, step by step.

    Raises:
        Blocked: the text ran into a target; nothing of that sentence was emitted.
    """
    thought, answer = context.guard.filter(question), context.guard.filter(question)
    for piece in separated(pieces):
        if piece.thought:
            _think(thought.feed(piece.text), emit)
        else:
            yield _release(answer.feed(piece.text), emit)
    _think(thought.finish(), emit)
    yield _release(answer.finish(), emit)


def for_guests(emit: Emit) -> Emit:
    """`emit` for somebody who is not to learn how an answer came about: the answer alone."""

    def emit_answer(event: Event) -> None:
        if isinstance(event, AnswerGrew):
            emit(event)

    return emit_answer


def _told(part: Part, emit: Emit) -> str:
    if isinstance(part, str):
        return _release(part, emit)
    emit(ThoughtGrew(part.text) if isinstance(part, Thought) else StepTaken(part.agent, part.said))
    return ""


def _think(text: str, emit: Emit) -> None:
    if text:
        emit(ThoughtGrew(text))


def _release(text: str, emit: Emit) -> str:
    if text:
        emit(AnswerGrew(text))
    return text


def conversation(state: State, context: Context) -> list[Message]:
    """The thread as the patient sees it: no line of it, and no memory, touches a target."""
    lines = [Message(line["role"], line["content"]) for line in state.get("messages", [])]
    talk = context.guard.history([*lines, Message("user", state["turn"])])
    return [*prelude(state["turn"], context), *talk]
