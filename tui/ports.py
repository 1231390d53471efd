"""What the two faces need of a session: `agents.session.Session` fits, and so does a scripted one.

Every method but `stop` is called from the one thread that opened the session.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from agents.copies import By, PurgePlan, PurgeReceipt
from agents.events import (
    AdapterReceipt,
    BakeReceipt,
    ChoiceNeeded,
    Event,
    Intent,
    Method,
    PlanProposed,
    Receipt,
    RequestRow,
    RestoreProposed,
    Verdict,
)
from tools.models.bake_order import BakeOrder

if TYPE_CHECKING:
    from memory.receipts import Reading

Waiting = PlanProposed | ChoiceNeeded | RestoreProposed
"""The events that end a stream with a question to the user."""

ProgressFn = Callable[[str, int, int], None]
"""Progress of long work: stage, units done, units in all (0: unknown). May raise to abort it."""


class SessionLike(Protocol):
    """One open conversation with a patient and its memory."""

    @property
    def thread_id(self) -> str: ...

    @property
    def model_name(self) -> str:
        """The patient's name as its file tells it."""
        ...

    @property
    def private(self) -> bool:
        """Whether nothing of the session is kept."""
        ...

    def notices(self) -> tuple[str, ...]:
        """What there is to tell of conversations that went by their age; a look at most hourly."""
        ...

    def chats_due(self, days: int | None = None) -> tuple[int | None, int, int]:
        """Days for which conversations are kept (None: for ever), how many are older than that, or
        than `days`, and of how many."""
        ...

    def keep_chats(self, days: int | None) -> int:
        """Keep conversations for so many days, None for ever; how many went now."""
        ...

    @property
    def waiting(self) -> Waiting | None:
        """The open question, also one left over from the last run of this thread."""
        ...

    def send(
        self, text: str, *, intent: Intent | None = None, method: Method = "auto"
    ) -> Iterator[Event]:
        """One user turn; with `intent` the watchdog only extracts."""
        ...

    def resume(self, answer: bool | str) -> Iterator[Event]:
        """Answer the open question: yes or no, or one of the options; False refuses them all."""
        ...

    def verify(self, request_id: str | None = None) -> Iterator[Event]: ...

    def plan_purge(self, by: By, text: str) -> PurgePlan: ...

    def purge(self, plan: PurgePlan) -> PurgeReceipt: ...

    def bake(self, order: BakeOrder, advance: ProgressFn) -> BakeReceipt: ...

    def export_adapter(self, target: Path, *, overwrite: bool = False) -> AdapterReceipt: ...

    def scan(self, text: str) -> Iterator[Event]:
        """Where a text still is, in any file, and who could read it."""
        ...

    def judge(self, text: str) -> Verdict: ...

    def requests(self) -> Sequence[RequestRow]: ...

    def receipt(self, request_id: str) -> Receipt | None: ...

    def receipts(self) -> "Reading": ...

    def transcript(self) -> Sequence[Mapping[str, Any]]:
        """The lines of the thread, each with `role` and `content`."""
        ...

    def threads(self) -> Sequence[Mapping[str, Any]]:
        """The kept conversations, each with `thread_id`, `title` and `updated`."""
        ...

    def switch(self, thread_id: str | None = None) -> None:
        """Continue another thread, or begin a new one, with the same patient."""
        ...

    def discard(self) -> None:
        """Drop the talk of this thread; what was remembered or forgotten stays."""
        ...

    def stop(self) -> None:
        """Stop the running answer; safe from any thread."""
        ...

    def close(self) -> None: ...


OpenSession = Callable[[ProgressFn], SessionLike]
"""Opens the session a face works with; slow, and reports how far it has come."""
