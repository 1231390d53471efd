"""A session that plays prepared events, for tests of what is shown and typed.

It stands for the Session's side of the port only; the real one is tested with the graph.
"""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.copies import By, Copies, PurgePlan, PurgeReceipt
from agents.errors import NotWaiting
from agents.events import (
    AdapterReceipt,
    AnswerFinished,
    AnswerGrew,
    BakeReceipt,
    ChoiceNeeded,
    Event,
    FoundMemory,
    Intent,
    Method,
    Plan,
    PlanProposed,
    ProbesAnswered,
    Receipt,
    ReceiptIssued,
    RequestRow,
    RestoreProposed,
    TurnJudged,
    Verdict,
    WorkAdvanced,
)
from memory.receipts import Reading
from tools.models.bake_order import BakeOrder
from tui.ports import ProgressFn, Waiting

PLAN = Plan(
    request_id="r-7f3a",
    subject="Marcus Feld",
    aliases=["M. Feld"],
    scope="entity",
    method="both",
    memories=[{"id": "m1", "text": "Marcus Feld lives in Oslo", "score": 0.91}],
    facts=["Marcus Feld is a glassblower.", "Marcus Feld was born in Turku."],
    neighbours=["Marcus Reyl", "Lena Feld"],
    blast={"asked": 40, "changed": 2, "by_edit": 2, "by_guard": 0},
    steps=["remove 1 memory", "guard every answer against it", "edit the model's weights"],
    warnings=["removed lines of talk do not come back on restore; memories do"],
    model="0" * 64,
)
RECEIPT = Receipt(
    request_id="r-7f3a",
    state="active",
    subject="Marcus Feld",
    method="both",
    seconds=1.42,
    memories_removed=1,
    probes={
        "direct": {"asked": 12, "leaked": 0, "chance": 0.0},
        "prefix": {"asked": 8, "leaked": 2, "chance": 0.25},
    },
    guarded_probes={
        "direct": {"asked": 6, "leaked": 0, "chance": 0.0},
        "prefix": {"asked": 6, "leaked": 0, "chance": 0.25},
    },
    neighbours={"asked": 10, "kept": 10},
    inside={"lens": 0.5, "lens_chance": 0.25},
    scan=None,
    not_erased=["the model file itself", "backups"],
)
ROW = RequestRow(
    request_id="r-7f3a",
    subject="Marcus Feld",
    scope="entity",
    method="both",
    state="active",
    created="2026-03-04T05:06:07+00:00",
)
BAKED = BakeReceipt(
    path="/models/new.gguf",
    sha256="a" * 64,
    size_bytes=5_243_008,
    kind="q4_0",
    kept="blocks",
    edited={"blk.1.ffn_down.weight": "Q8_0"},
    raised={"blk.0.ffn_down.weight": "Q8_0", "blk.0.attn_q.weight": "Q8_0"},
    fallbacks={"blk.0.ffn_up.weight": "F16"},
    new_leaks=0,
    lost_neighbours=1,
    attempts=[
        {"kept": "same", "new_leaks": 2, "lost_neighbours": 1},
        {"kept": "blocks", "new_leaks": 0, "lost_neighbours": 1},
    ],
    requests=[
        {
            "request_id": "r-7f3a",
            "subject": "Marcus Feld",
            "adapter_probes": {"direct": {"asked": 12, "leaked": 0, "chance": 0.0}},
            "file_probes": {"direct": {"asked": 12, "leaked": 0, "chance": 0.0}},
            "adapter_neighbours": {"asked": 10, "kept": 10},
            "file_neighbours": {"asked": 10, "kept": 9},
        }
    ],
    not_in_file=["r-8 (Lena Reyl): the weights of this model were not edited for it"],
    base="/models/base.gguf",
    base_sha256="b" * 64,
    adapter_sha256="c" * 64,
    created="2026-03-04T05:06:07+00:00",
    seconds=4.2,
)
EXPORTED = AdapterReceipt(
    path="/models/lora.gguf",
    sha256="c" * 64,
    size_bytes=330_000,
    requests=["r-7f3a"],
    base="/models/base.gguf",
    base_sha256="b" * 64,
    warning="the adapter holds activations of what was forgotten",
)
FORGET = Verdict(intent="forget", subject="Marcus Feld", scope="entity", confidence=0.98)
PROPOSED = PlanProposed(PLAN)
OPERATED: tuple[Event, ...] = (
    WorkAdvanced("operating", 3, 4),
    ProbesAnswered("direct", False, RECEIPT["probes"]["direct"]),
    ProbesAnswered("direct", True, RECEIPT["guarded_probes"]["direct"]),
    ReceiptIssued(RECEIPT),
)


def answered(text: str, *, guarded: bool = False) -> list[Event]:
    """The events of an answer that comes word by word."""
    pieces = [AnswerGrew(word + " ") for word in text.split()]
    return [*pieces, AnswerFinished(text, guarded, "r-7f3a" if guarded else None, 0.25)]


def proposed() -> list[Event]:
    """The events up to the plan."""
    return [TurnJudged(FORGET), WorkAdvanced("locating", 1, 2), PROPOSED]


NONE_LEFT = Copies(memories=0, kept_for_restore=0, threads=0, lines=0)
Call = tuple[Any, ...]


@dataclass
class ScriptedSession:
    """Plays `script`, one list of events or one error a run, and logs the calls it gets."""

    script: list[Iterable[Event] | Exception] = field(default_factory=list)
    rows: list[RequestRow] = field(default_factory=list)
    lines: list[dict[str, str]] = field(default_factory=list)
    kept: list[dict[str, str]] = field(default_factory=list)
    verdict: Verdict = field(default_factory=lambda: FORGET)
    waiting: Waiting | None = None
    thread_id: str = "t-1"
    model_name: str = "lethe-patient"
    private: bool = False
    told: tuple[str, ...] = ()
    chats: tuple[int | None, int, int] = (None, 0, 0)
    calls: list[Call] = field(default_factory=list)
    reading: Reading = field(default_factory=lambda: Reading((), None))
    stopped: threading.Event = field(default_factory=threading.Event)
    baked: BakeReceipt | Exception = field(default_factory=lambda: BAKED)
    left: Copies = field(default_factory=lambda: NONE_LEFT)

    def send(
        self, text: str, *, intent: Intent | None = None, method: Method = "auto"
    ) -> Iterator[Event]:
        self.calls.append(("send", text, intent, method))
        return self._play()

    def resume(self, answer: bool | str) -> Iterator[Event]:
        self.calls.append(("resume", answer))
        if self.waiting is None:
            raise NotWaiting("nothing is waiting")
        self.waiting = None
        return self._play()

    def verify(self, request_id: str | None = None) -> Iterator[Event]:
        self.calls.append(("verify", request_id))
        return self._play()

    def bake(self, order: BakeOrder, advance: ProgressFn) -> BakeReceipt:
        self.calls.append(("bake", order))
        advance("writing, MB", 1, 5)
        if isinstance(self.baked, Exception):
            raise self.baked
        return self.baked

    def plan_purge(self, by: By, text: str) -> PurgePlan:
        self.calls.append(("plan_purge", by, text))
        found = Copies(memories=1, kept_for_restore=1, threads=2, lines=4)
        memory = FoundMemory(id="m1", text="He repairs violins", score=1.0)
        return PurgePlan(by=by, text=text, way=by, memories=[memory], found=found)

    def purge(self, plan: PurgePlan) -> PurgeReceipt:
        self.calls.append(("purge", plan["text"]))
        return PurgeReceipt(by=plan["by"], text=plan["text"], found=plan["found"], left=self.left)

    def export_adapter(self, target: Path, *, overwrite: bool = False) -> AdapterReceipt:
        self.calls.append(("export", target, overwrite))
        return EXPORTED

    def scan(self, text: str) -> Iterator[Event]:
        self.calls.append(("scan", text))
        return self._play()

    def judge(self, text: str) -> Verdict:
        self.calls.append(("judge", text))
        return self.verdict

    def notices(self) -> tuple[str, ...]:
        told, self.told = self.told, ()
        return told

    def chats_due(self, days: int | None = None) -> tuple[int | None, int, int]:
        return self.chats

    def keep_chats(self, days: int | None) -> int:
        self.calls.append(("keep chats", days))
        return self.chats[1] if days else 0

    def requests(self) -> tuple[RequestRow, ...]:
        return tuple(self.rows)

    def receipt(self, request_id: str) -> Receipt | None:
        return RECEIPT if request_id == RECEIPT["request_id"] else None

    def receipts(self) -> Reading:
        return self.reading

    def transcript(self) -> list[dict[str, str]]:
        return self.lines

    def threads(self) -> list[dict[str, str]]:
        return self.kept

    def switch(self, thread_id: str | None = None) -> None:
        self.calls.append(("switch", thread_id))
        self.thread_id = thread_id or "t-new"
        self.waiting = None
        self.lines = []

    def discard(self) -> None:
        self.calls.append(("discard",))

    def stop(self) -> None:
        self.calls.append(("stop",))
        self.stopped.set()

    def close(self) -> None:
        self.calls.append(("close",))

    def open(self, progress: ProgressFn) -> "ScriptedSession":
        """As an `OpenSession`."""
        progress("loading the model", 1, 2)
        return self

    def _play(self) -> Iterator[Event]:
        given = self.script.pop(0)
        if isinstance(given, Exception):
            raise given
        for event in given:
            if isinstance(event, ReceiptIssued) and event.receipt["state"] == "active":
                self.rows = [ROW]
            if isinstance(event, PlanProposed | ChoiceNeeded | RestoreProposed):
                self.waiting = event
            yield event
