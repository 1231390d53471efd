"""A session: one thread of talk with the graph, as a stream of events.

The app, the command line and the benches all use this class and nothing below it. It holds no
decisions: it validates the turn, runs the graph, and says what the thread waits for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Protocol, cast

from agents import baking, operation, private, purging, questions, retention
from agents.context import Context
from agents.copies import By, PurgePlan, PurgeReceipt
from agents.errors import NothingToForget, NotWaiting, OwnerOnly, StillWaiting
from agents.events import (
    AdapterReceipt,
    BakeReceipt,
    Event,
    FilesScanned,
    Intent,
    Method,
    Notice,
    Receipt,
    RequestRow,
    Verdict,
    WorkAdvanced,
)
from agents.ports import Advance, Retention
from agents.questions import Waiting
from agents.state import Line, fresh_turn
from agents.turns import checked
from memory.receipts import Reading
from tools.models.bake_order import BakeOrder

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph


def new_thread_id() -> str:
    """A name for a thread that no other has."""
    return token_hex(6)


def _nothing() -> None:
    """Close nothing."""


class Threads(Protocol):
    """Saved threads: listing them for resumption, dropping older states of one, or all of it."""

    def threads(self) -> Sequence[Mapping[str, Any]]: ...

    def trim(self, thread_id: str) -> object: ...

    def forget_thread(self, thread_id: str) -> object: ...


class Session:
    """One thread over the graph; not for use from two threads at once, except `stop`.

    With a guest (`Context.guest`) it answers questions and knows of no requests or other threads.
    """

    def __init__(
        self,
        graph: "CompiledStateGraph[Any, Context, Any, Any]",
        context: Context,
        threads: Threads,
        *,
        method: Method = "auto",
        close: Callable[[], None] = _nothing,
    ) -> None:
        self._method = method
        self._graph = graph
        self._context = context
        self._threads = threads
        self._close = close
        self._told = False
        self._caretaker = retention.Caretaker(
            context.retention, gone=lambda: questions.decline_gone(context)
        )

    @property
    def _config(self) -> Any:
        return {"configurable": {"thread_id": self._context.thread_id}}

    @property
    def thread_id(self) -> str:
        """Name of the thread, for `open_session(thread_id=...)`."""
        return self._context.thread_id

    @property
    def model_name(self) -> str:
        """Name of the patient, as its file tells it."""
        return self._context.patient.info.name

    @property
    def private(self) -> bool:
        """Whether nothing of this session is kept."""
        return self._context.private

    def notices(self) -> tuple[str, ...]:
        """Let go conversations that are due, hourly at most; what there is to tell of it."""
        line = self._caretaker.look(self.thread_id)
        return (line,) if line and not self._context.guest else ()

    def chats_due(self, days: int | None = None) -> tuple[int | None, int, int]:
        """How long conversations are kept, how many are older than that or `days`, and of how many.

        Raises:
            OwnerOnly: as `send`.
            KeepsNothing: the session is private.
        """
        kept = self._retention()
        due, total = kept.due(days or kept.days, (self.thread_id,))
        return kept.days, len(due), total

    def keep_chats(self, days: int | None) -> int:
        """Keep conversations for so many days, None for ever; how many went now; as `chats_due`."""
        return retention.keep_for(self._context, self._retention(), days)

    def send(
        self, text: str, *, intent: Intent | None = None, method: Method | None = None
    ) -> Iterator[Event]:
        """Take one user turn; `intent` set means the caller's verb decided it.

        `method` is how to forget, if the turn orders it; unset, as the session was opened.

        The last event is a `Waiting` when the thread needs an answer: `resume`.

        Raises:
            TurnRefused: the text cannot be a turn.
            StillWaiting: an earlier question of the thread is open.
            OwnerOnly: a guest wants more than an answer.
        """
        text = checked(text)
        if intent not in (None, "ask"):
            self._owner_only()
        if self.waiting:
            raise StillWaiting("a question is open in this thread; answer it with yes or no first")
        yield from self._run(fresh_turn(text, intent, method or self._method))

    def resume(self, answer: bool | str) -> Iterator[Event]:
        """Answer the open question: consent, or one of the options.

        Raises:
            NotWaiting: the thread asked nothing.
        """
        from langgraph.types import Command

        if not self.waiting:
            raise NotWaiting("nothing is waiting for an answer in this thread")
        yield from self._run(Command(resume=answer))

    @property
    def waiting(self) -> Waiting | None:
        """The open question of the thread, also after a restart of the program."""
        asked = questions.asked_in(self._graph, self.thread_id)
        return questions.shown(self._context, asked) if asked else None

    def verify(self, request_id: str | None = None) -> Iterator[Event]:
        """Probe one active request again, or all of them, and issue new receipts.

        Raises:
            NothingToForget: there is no such active request.
            OwnerOnly: as `send`.
            KeepsNothing: the session is private.
        """
        self._owner_only()
        private.refuse(self._context)
        for row in operation.active_rows(self._context, request_id):
            yield from operation.reverified(self._context, row["request_id"])

    def bake(self, order: BakeOrder, advance: Advance) -> BakeReceipt:
        """Write the active edits into a model file of its own, and probe it; see `baking.bake`.

        Raises:
            OwnerOnly: as `send`.
            KeepsNothing: the session is private.
        """
        self._owner_only()
        private.refuse(self._context)
        return baking.bake(self._context, order, advance)

    def export_adapter(self, target: Path, *, overwrite: bool = False) -> AdapterReceipt:
        """Write the plugged adapter to a file; raises as `bake`."""
        self._owner_only()
        private.refuse(self._context)
        return baking.export_adapter(self._context, target, overwrite=overwrite)

    def plan_purge(self, by: By, text: str) -> PurgePlan:
        """What a purge would remove; see `purging`.

        Raises:
            NothingToForget: there is nothing.
            OwnerOnly: as `send`.
            KeepsNothing: the session is private.
        """
        self._owner_only()
        private.refuse(self._context)
        return purging.preview(self._context, by, checked(text))

    def purge(self, plan: PurgePlan) -> PurgeReceipt:
        """Remove what was agreed to from every store, for good; raises as `plan_purge`."""
        self._owner_only()
        private.refuse(self._context)
        return purging.purge(self._context, plan)

    def scan(self, text: str) -> Iterator[Event]:
        """Look for a text in every file that Lethe keeps; what is found comes in the last event.

        Raises:
            MemoryFault: the text is too short to be looked for.
            OwnerOnly, KeepsNothing: as `plan_purge`.
        """
        self._owner_only()
        private.refuse(self._context)
        text = checked(text)
        yield WorkAdvanced("looking through every file", 0, 1)
        if self._context.scanner:
            yield FilesScanned(text, self._context.scanner.scan([text]))

    def judge(self, text: str) -> Verdict:
        """The watchdog's cheap verdict on a text, without doing anything."""
        return self._context.watcher.judge(checked(text), [])

    def requests(self) -> tuple[RequestRow, ...]:
        """The ledger, newest first."""
        return () if self._context.guest else tuple(self._context.ledger.rows())

    def receipt(self, request_id: str) -> Receipt:
        """The receipt of a request, as far as it has come.

        Raises:
            MemoryFault: there is no such request.
            OwnerOnly: as `send`.
        """
        self._owner_only()
        return operation.receipt_of(self._context, request_id)

    def receipts(self) -> Reading:
        """All that was ever issued, oldest first, and whether it is as it was written.

        Raises:
            OwnerOnly: as `send`.
        """
        self._owner_only()
        return self._context.receipts.read()

    def transcript(self) -> list[Line]:
        """The lines of this thread, oldest first."""
        return list(self._graph.get_state(self._config).values.get("messages", []))

    def threads(self) -> Sequence[Mapping[str, Any]]:
        """Saved threads with `thread_id`, `title` and `updated`, newest first."""
        return [] if self._context.guest else self._threads.threads()

    def switch(self, thread_id: str | None = None) -> None:
        """Continue another thread, or begin a new one, with the same patient and memory.

        Raises:
            OwnerOnly: a guest wants to continue a thread.
        """
        if self._context.guest:
            if thread_id:
                self._owner_only()
            self.discard()
        self._context = replace(self._context, thread_id=thread_id or new_thread_id())

    def discard(self) -> None:
        """Drop this thread's checkpoints: for one-shot use that shall leave no talk behind.

        A question that was open in it counts as answered with no.
        """
        self._threads.forget_thread(self.thread_id)
        questions.decline_unasked(self._context, self._graph)

    def stop(self) -> None:
        """Stop the running answer, from any thread; what was shown stays."""
        self._context.halt.set()
        self._context.patient.stop()

    def close(self) -> None:
        """Release the model, the stores and the lock; a guest's talk is not kept.

        Closing twice is harmless.
        """
        close, self._close = self._close, _nothing
        if close is not _nothing and self._context.guest:
            self.discard()
        close()

    def _retention(self) -> Retention:
        self._owner_only()
        private.refuse(self._context)
        if self._context.retention is None:
            raise NothingToForget("this session keeps no conversations")
        return self._context.retention

    def _owner_only(self) -> None:
        if self._context.guest:
            raise OwnerOnly("a guest can only ask questions; start Lethe without --guest for this")

    def _run(self, given: Any) -> Iterator[Event]:
        yield from self._told_once()
        yield from cast("Iterator[Event]", self._graph.stream(
            given, self._config, context=self._context, stream_mode="custom", durability="sync"
        ))
        if waiting := self.waiting:
            yield waiting
        else:
            self._threads.trim(self.thread_id)

    def _told_once(self) -> Iterator[Event]:
        """What was found damaged at the start; a guest hears nothing of it."""
        if not self._told and not self._context.guest:
            self._told = True
            for line in self._context.unread:
                yield Notice(f"{line}; `lethe doctor` tells more")
