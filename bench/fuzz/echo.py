"""A session that gives every text back in all it says: what a user types must survive being shown.

It stands where the real session stands, so that a start of the program costs milliseconds.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from agents.copies import By, Copies, PurgePlan, PurgeReceipt
from agents.errors import NothingToForget
from agents.events import (
    AdapterReceipt,
    AnswerFinished,
    AnswerGrew,
    BakeReceipt,
    ChoiceNeeded,
    Event,
    FilesScanned,
    FoundMemory,
    Intent,
    MemoryKept,
    Method,
    Notice,
    Plan,
    PlanProposed,
    ProbeCount,
    Receipt,
    ReceiptIssued,
    RequestRow,
    RestoreProposed,
    Verdict,
)
from memory.receipts import Fault, Reading
from memory.scan import Found
from tools.errors import ToolError
from tools.models.bake_order import BakeOrder
from tui.ports import ProgressFn, Waiting

MOODS = ("answers", "asks which", "refuses", "fails")
"""How a session takes a turn: as told, with a question first, by an error that says no, and by one
that says what broke."""
SHA = "0" * 64
COPIES: Copies = {"memories": 1, "kept_for_restore": 1, "threads": 1, "lines": 1}


class EchoSession:
    """Every method answers with what it was given; `turns` counts those that were carried out."""

    def __init__(self, mood: str) -> None:
        self.mood, self.turns = mood, 0
        self.thread_id, self.model_name = "t-1", "echo"
        self.private = False
        self.waiting: Waiting | None = None
        self._text, self._intent = "", "ask"

    def open(self, progress: ProgressFn) -> "EchoSession":
        """As an `OpenSession`."""
        progress("opening", 1, 2)
        return self

    def send(
        self, text: str, *, intent: Intent | None = None, method: Method = "auto"
    ) -> Iterator[Event]:
        self._heard(text)
        self._text, self._intent = text, intent or "ask"
        if self._intent in ("forget", "restore") and self.mood == "asks which":
            yield ChoiceNeeded(text, (text, "none of them"))
        elif self._intent == "forget":
            yield PlanProposed(self._plan(method))
        elif self._intent == "restore":
            yield RestoreProposed((self._row(),))
        elif self._intent == "remember":
            yield MemoryKept(text, text) if self.mood == "answers" else Notice(text)
        else:
            yield AnswerGrew(text)
            yield AnswerFinished(text, True, text, 0.1)

    def resume(self, answer: bool | str) -> Iterator[Event]:
        if isinstance(answer, str):
            yield PlanProposed(self._plan("auto"))
        elif answer:
            yield ReceiptIssued(self._receipt(self._text))
        else:
            yield Notice(self._text)

    def verify(self, request_id: str | None = None) -> Iterator[Event]:
        self._heard(request_id or "all")
        yield ReceiptIssued(self._receipt(request_id or "all"))

    def bake(self, order: BakeOrder, advance: ProgressFn) -> BakeReceipt:
        self._heard(str(order.target))
        advance("writing, MB", 1, 5)
        count: ProbeCount = {"asked": 2, "leaked": 0, "chance": 0.0}
        return {
            "path": str(order.target), "sha256": SHA, "size_bytes": 1, "kind": order.kind,
            "kept": "same", "edited": {"t": "Q8_0"}, "raised": {}, "fallbacks": {}, "new_leaks": 0,
            "lost_neighbours": 0, "attempts": [], "not_in_file": [str(order.target)],
            "requests": [{
                "request_id": "r1", "subject": str(order.target),
                "adapter_probes": {"direct": count}, "file_probes": {"direct": count},
                "adapter_neighbours": {"asked": 1, "kept": 1},
                "file_neighbours": {"asked": 1, "kept": 1},
            }],
            "base": "b", "base_sha256": SHA, "adapter_sha256": SHA, "created": "", "seconds": 0.1,
        }  # fmt: skip

    def export_adapter(self, target: Path, *, overwrite: bool = False) -> AdapterReceipt:
        self._heard(f"{target}{' again' if overwrite else ''}")
        return {
            "path": str(target), "sha256": SHA, "size_bytes": 1, "requests": [str(target)],
            "base": "b", "base_sha256": SHA, "warning": str(target),
        }  # fmt: skip

    def judge(self, text: str) -> Verdict:
        self._heard(text)
        return {"intent": "forget", "subject": text, "scope": "entity", "confidence": 0.5}

    def scan(self, text: str) -> Iterator[Event]:
        self._heard(text)
        found: Found = {
            "text": text, "store": text, "form": text, "count": 1, "readable": "anybody",
        }  # fmt: skip
        yield FilesScanned(text, {
            "found": [found], "unread": [text], "vectors": False, "files": 1, "bytes": 1,
            "seconds": 0.1,
        })

    def plan_purge(self, by: By, text: str) -> PurgePlan:
        self._heard(text)
        memory: FoundMemory = {"id": "m", "text": text, "score": 1.0}
        return {"by": by, "text": text, "way": by, "memories": [memory], "found": COPIES}

    def purge(self, plan: PurgePlan) -> PurgeReceipt:
        return {"by": plan["by"], "text": plan["text"], "found": COPIES, "left": COPIES}

    def notices(self) -> tuple[str, ...]:
        return (self._text,)

    def chats_due(self, days: int | None = None) -> tuple[int | None, int, int]:
        return days, 1, 2

    def keep_chats(self, days: int | None) -> int:
        self._heard(str(days))
        return 1

    def receipts(self) -> Reading:
        return Reading((), Fault(1, self._text))

    def requests(self) -> Sequence[RequestRow]:
        return (self._row(),)

    def receipt(self, request_id: str) -> Receipt | None:
        return self._receipt(request_id)

    def transcript(self) -> Sequence[Mapping[str, Any]]:
        return ()

    def threads(self) -> Sequence[Mapping[str, Any]]:
        return ()

    def switch(self, thread_id: str | None = None) -> None:
        self.thread_id, self.waiting = thread_id or "t-new", None

    def discard(self) -> None:
        pass

    def stop(self) -> None:
        pass

    def close(self) -> None:
        pass

    def _heard(self, text: str) -> None:
        if self.mood == "refuses":
            raise NothingToForget(f"nothing is known about {text!r}\n{text}")
        if self.mood == "fails":
            raise ToolError(text)
        self.turns += 1

    def _row(self) -> RequestRow:
        return {
            "request_id": "r1", "subject": self._text, "scope": "entity", "method": "both",
            "state": "active", "created": "2026-01-01T00:00:00+00:00",
        }  # fmt: skip

    def _plan(self, method: Method) -> Plan:
        text = self._text
        return {
            "request_id": "r1", "subject": text, "aliases": [text], "scope": "entity",
            "method": method, "memories": [{"id": "m", "text": text, "score": 1.0}],
            "facts": [text], "neighbours": [text], "steps": [text], "warnings": [text],
            "model": SHA, "blast": {"asked": 40, "changed": 2, "by_edit": 1, "by_guard": 1},
        }  # fmt: skip

    def _receipt(self, subject: str) -> Receipt:
        count: ProbeCount = {"asked": 2, "leaked": 1, "chance": 0.0}
        return {
            "request_id": "r1", "state": "active", "subject": subject, "method": "both",
            "seconds": 0.1, "memories_removed": 1, "probes": {"direct": count},
            "guarded_probes": {"direct": count}, "neighbours": {"asked": 1, "kept": 1},
            "inside": {"lens": 0.5, "lens_chance": 0.5}, "not_erased": [subject],
            "scan": {subject: 1},
        }  # fmt: skip
