"""How long conversations are kept: the order in the talk, and the look after those that are due."""

from collections.abc import Callable
from time import monotonic
from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Command, interrupt

from agents.context import Context
from agents.errors import TurnRefused
from agents.events import Notice
from agents.ports import Retention
from agents.questions import decline_gone
from agents.state import State, settled
from memory.errors import MemoryFault
from tools.watching.chat_age import LONGEST, days_of

INTERVAL = 3600.0
"""Seconds between two looks of one session, at least."""

AS_IT_IS = "leave it as it is"
STAYS = "what was kept from them in passing goes along, what you had remembered stays"


def weigh(state: State, runtime: Runtime[Context]) -> Command[Literal["expire", "__end__"]]:
    """Show how many conversations would go, and ask; to keep them for ever needs no asking.

    Raises:
        TurnRefused: no such number of days can be kept.
    """
    days = days_in(state["subject"])
    if days is None:
        return Command(goto="expire")
    question = question_of(_retention(runtime.context), days, runtime.context.thread_id)
    options = [f"forget them after {in_days(days)}", AS_IT_IS]
    answer = interrupt({"kind": "choice", "question": question, "options": options})
    if answer == options[0]:
        return Command(goto="expire")
    runtime.stream_writer(Notice("Nothing was changed."))
    return Command(update=settled(), goto="__end__")


def expire(state: State, runtime: Runtime[Context]) -> State:
    """Write the order down and let go what is due."""
    days, context = days_in(state["subject"]), runtime.context
    gone = keep_for(context, _retention(context), days)
    runtime.stream_writer(Notice(ordered(days, gone)))
    return settled()


def keep_for(context: Context, retention: Retention, days: int | None) -> int:
    """Keep conversations for so many days, None for ever; how many went now, with what they asked.

    Raises:
        MemoryFault: the conversations or the requests cannot be read.
    """
    gone = retention.order(days, (context.thread_id,))
    if gone:
        decline_gone(context)
    return gone


def days_in(said: str) -> int | None:
    """The days in an order; None: for ever.

    Raises:
        TurnRefused: it names none that can be kept.
    """
    try:
        return days_of(said)
    except ValueError:
        raise TurnRefused(
            f"{said!r} is no time to keep conversations; expected 1 to {LONGEST} days, or never"
        ) from None


def question_of(retention: Retention, days: int, thread_id: str) -> str:
    """What the owner is asked: the rule, and how many conversations it would take now."""
    due, total = retention.due(days, (thread_id,))
    return (
        f"Forget every conversation {in_days(days)} after its last turn?"
        f" {len(due)} of {total} would go now; {STAYS}."
    )


def ordered(days: int | None, gone: int) -> str:
    """What an order came to."""
    if days is None:
        return "Conversations are kept until you have them forgotten."
    return (
        f"Conversations go {in_days(days)} after their last turn; {gone} went now; {STAYS}."
    )


def in_days(days: int) -> str:
    """`1 day`, `30 days`."""
    return f"{days} day{'s' if days != 1 else ''}"


class Caretaker:
    """Looks after conversations that are due: at the start, and then once in a while.

    `gone` is called when some went.
    """

    def __init__(
        self, retention: Retention | None, clock: Callable[[], float] = monotonic,
        gone: Callable[[], None] = lambda: None,
    ) -> None:
        self._retention, self._clock, self._gone = retention, clock, gone
        self._next = clock()

    def look(self, thread_id: str) -> str | None:
        """Let go what is due, but for the thread on the screen; what there is to tell of it."""
        if self._retention is None or self._clock() < self._next:
            return None
        self._next = self._clock() + INTERVAL
        try:
            looked = self._retention.look((thread_id,))
            if looked[1]:
                self._gone()
        except MemoryFault as fault:
            return str(fault)
        return told(*looked)


def told(days: int | None, gone: int, held: int, total: int) -> str | None:
    """One line on what went, or on what would have and waits for the owner."""
    if days is None or not (gone or held):
        return None
    if gone:
        were = "conversation was" if gone == 1 else "conversations were"
        return f"{gone} {were} older than {in_days(days)} and went with every byte; {STAYS}."
    return (
        f"{held} of {total} conversations are older than {in_days(days)} by this clock, and none"
        f" went: if that is right, say \"forget chats after {in_days(days)}\"."
    )


def _retention(context: Context) -> Retention:
    if context.retention is None:
        raise TurnRefused("this session keeps no conversations")
    return context.retention
