"""A session that keeps nothing: what is forgotten stands, and no order to the memory is taken."""

from langgraph.runtime import Runtime

from agents import operation
from agents.context import Context
from agents.errors import DECLINED, KeepsNothing
from agents.events import Notice
from agents.ports import Advance
from agents.state import State, settled
from agents.targets import guard, target_of
from memory.request import guarded


def withhold(_state: State, runtime: Runtime[Context]) -> State:
    """Decline an order to the memory."""
    runtime.stream_writer(Notice(DECLINED))
    return settled()


def refuse(context: Context) -> None:
    """Decline what would write, asked for by a verb.

    Raises:
        KeepsNothing: the session is private.
    """
    if context.private:
        raise KeepsNothing(DECLINED)


def stand(context: Context, advance: Advance) -> None:
    """Plug and guard all that is forgotten, and carry nothing on that a crash left half done.

    For an unfinished request, and for an edit that would have to be computed, the guard stands.
    """
    if context.locator:
        context.guard.learn_names(context.locator.known_names())
    forgotten, editor = list(context.ledger.forgotten()), context.editor
    there = [row for row in forgotten if editor and editor.holds(row["request_id"])]
    carried = operation.plug(context, there, advance)
    half_done = [row for row in context.ledger.unfinished() if row not in forgotten]
    for row in [*forgotten, *half_done]:
        if guarded(row):
            guard(context, row)
        elif row["request_id"] not in carried:
            context.guard.register(target_of(row, None))
