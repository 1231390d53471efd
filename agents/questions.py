"""The open questions of threads, and the proposals that nobody can answer any more."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from agents.context import Context
from agents.events import RequestState
from memory.errors import MemoryFault

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

    Graph = CompiledStateGraph[Any, Context, Any, Any]

OPEN: tuple[RequestState, ...] = ("proposed",)


def asked_in(graph: "Graph", thread_id: str) -> dict[str, Any] | None:
    """What a thread asked its owner and waits for, also after a restart; None where nothing.

    Raises:
        MemoryFault: the thread cannot be read.
    """
    interrupts = graph.get_state({"configurable": {"thread_id": thread_id}}).interrupts
    asked: dict[str, Any] | None = interrupts[0].value if interrupts else None
    return asked


def decline_unasked(context: Context, graph: "Graph") -> None:
    """Settle the proposals that no thread waits with any more, as if the owner had said no.

    Their question was cut off, or went with its thread. Where conversations cannot be read it is
    not known, and nothing is settled.
    """
    if context.unread:
        return
    for row in context.ledger.rows(OPEN):
        with suppress(MemoryFault):
            thread_id = context.ledger.get(row["request_id"])["thread_id"]
            if (asked_in(graph, thread_id) or {}).get("request_id") != row["request_id"]:
                context.ledger.advance(row["request_id"], "declined")
