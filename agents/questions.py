"""The open questions of threads, and the proposals that nobody can answer any more."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from agents.context import Context
from agents.events import (
    ChoiceNeeded,
    Plan,
    PlanProposed,
    RequestState,
    RestoreProposed,
)
from memory.errors import MemoryFault, UnknownRequest
from memory.request import Record, row_of

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

    Graph = CompiledStateGraph[Any, Context, Any, Any]

Waiting = PlanProposed | ChoiceNeeded | RestoreProposed
OPEN: tuple[RequestState, ...] = ("proposed",)


def asked_in(graph: "Graph", thread_id: str) -> dict[str, Any] | None:
    """What a thread asked its owner and waits for, also after a restart; None where nothing.

    Raises:
        MemoryFault: the thread cannot be read.
    """
    interrupts = graph.get_state({"configurable": {"thread_id": thread_id}}).interrupts
    asked: dict[str, Any] | None = interrupts[0].value if interrupts else None
    return asked


def shown(context: Context, asked: Mapping[str, Any]) -> Waiting | None:
    """The question as the owner is shown it; None if a repair could not save what it is about.

    Raises:
        MemoryFault: its request cannot be read.
    """
    if asked["kind"] == "choice":
        return ChoiceNeeded(asked["question"], tuple(asked["options"]))
    if asked["kind"] == "plan":
        records = [*_saved(context, [asked["request_id"]])]
        return PlanProposed(cast("Plan", records[0]["plan"])) if records else None
    rows = tuple(map(row_of, _saved(context, asked["request_ids"])))
    return RestoreProposed(rows) if rows else None


def _saved(context: Context, request_ids: Sequence[str]) -> Iterator[Record]:
    for request_id in request_ids:
        with suppress(UnknownRequest):
            yield context.ledger.get(request_id)


def keep_consents(context: Context, graph: "Graph") -> None:
    """Put on record the owner's yes that a crash left in its thread alone.

    For the start, before the recovery, which then carries the request through.
    """
    for row in _proposed(context):
        with suppress(MemoryFault):
            if _agreed_in(graph, row):
                context.ledger.advance(row["request_id"], "approved")


def decline_unasked(context: Context, graph: "Graph") -> None:
    """Settle the proposals that no thread waits with any more, as if the owner had said no.

    Their question was cut off, or went with its thread. Where conversations cannot be read it is
    not known, and nothing is settled.
    """
    if context.unread:
        return
    for row in _proposed(context):
        with suppress(MemoryFault):
            asked = asked_in(graph, row["thread_id"]) or {}
            if asked.get("request_id") != row["request_id"] and not _agreed_in(graph, row):
                context.ledger.advance(row["request_id"], "declined")


def decline_gone(context: Context) -> None:
    """The same for the proposals whose conversations are gone, where conversations have just gone.

    What their plans quote goes with it.
    """
    if context.unread:
        return
    for row in _proposed(context):
        with suppress(MemoryFault):
            if not context.saved.lines_of(row["thread_id"]):
                context.ledger.advance(row["request_id"], "declined")


def _proposed(context: Context) -> Iterator[Record]:
    """The open proposals, but for those that are damaged."""
    for row in context.ledger.rows(OPEN):
        with suppress(MemoryFault):
            yield context.ledger.get(row["request_id"])


def _agreed_in(graph: "Graph", row: Record) -> bool:
    """Whether the owner said yes: his thread goes on with this very request.

    Raises:
        MemoryFault: the thread cannot be read.
    """
    state = graph.get_state({"configurable": {"thread_id": row["thread_id"]}})
    return "operate" in state.next and row["request_id"] in state.values.get("request_ids", [])
