"""What LangGraph saves between nodes: plain data only, so that any version can read it back.

Nothing here holds a tensor, a model or a handle; those are injected through `Context`. What a
request found is in the ledger, not here; the words of the order go when it is `settled`.
"""

from typing import Any, Literal, TypedDict

from agents.events import Intent, Method, Verdict
from tools.models.types import Message

Role = Literal["user", "assistant"]


class Line(TypedDict):
    """One line of the talk as the model sees it."""

    role: Role
    content: str


def line_of(message: Message) -> Line:
    """A message as the checkpoint keeps it; what is not the assistant's is the user's."""
    role: Role = "assistant" if message.role == "assistant" else "user"
    return Line(role=role, content=message.content)


class State(TypedDict, total=False):
    """One thread. `messages` persists from turn to turn; the rest belongs to the current turn."""

    messages: list[Line]
    turn: str
    intent: Intent | None
    method: Method
    verdict: Verdict
    subject: str
    options: list[str]
    request_ids: list[str]
    match: dict[str, Any] | None
    guard_id: str | None
    answer: str
    begun: float
    seconds: float


def fresh_turn(text: str, intent: Intent | None, method: Method) -> State:
    """The input of one turn: every per-turn key reset, so nothing of the last turn lingers."""
    return State(
        turn=text, intent=intent, method=method, subject="", options=[], request_ids=[],
        match=None, guard_id=None,
    )


def settled() -> State:
    """The update that ends an order: its words do not stay in the checkpoint."""
    nothing = Verdict(intent="ask", subject=None, scope="entity", confidence=0.0)
    return State(verdict=nothing, turn="", subject="", options=[], request_ids=[])
