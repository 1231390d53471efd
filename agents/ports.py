"""What the agents need of the outside world: Protocols of a few methods, owned here, met elsewhere.

The implementations (`tools`, `memory`) do not import this file; that they fit is checked where they
are put together, in `tui.compose`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from agents.events import FoundMemory, Plan, RequestRow, RequestState, Verdict
from memory.receipts import KeptReceipt, Reading, ReceiptEvent
from memory.request import Record, StoredMemory
from tools.editing.findings import Findings, Probe
from tools.guarding.semantic import Vectors
from tools.guarding.strategy import Part
from tools.guarding.stream_filter import StreamFilter
from tools.guarding.targets import Match, Target
from tools.models.bake_order import BakeOrder, Finished, Kept, Layout
from tools.models.types import Message, ModelInfo, Progress, Sampling, Steering

if TYPE_CHECKING:
    from memory.scan import Report

Advance = Callable[[str, int, int], None]
"""Progress of long work: stage, units done, units in all (0 when unknown)."""


class Patient(Protocol):
    """The language model whose answers and weights are concerned."""

    @property
    def info(self) -> ModelInfo: ...

    def stream(
        self, messages: Sequence[Message], sampling: Sampling = ...,
        steering: Steering | None = ...,
    ) -> Iterator[str]: ...

    def complete(self, messages: Sequence[Message], sampling: Sampling = ...) -> str: ...

    def stop(self) -> None: ...

    def clear(self) -> None:
        """Drop what is kept of earlier prompts to read the next one faster."""
        ...


class Study(Protocol):
    """What the model wrote by itself, as far as the agents need it."""

    @property
    def names(self) -> Sequence[str]: ...


class Watcher(Protocol):
    """The cheap reading of a turn; never raises on any text."""

    def judge(self, text: str, history: Sequence[str] = ()) -> Verdict: ...


class Locator(Protocol):
    """What the model itself knows about a subject."""

    def study(self, advance: Advance) -> Study: ...

    def known_names(self) -> Sequence[str]: ...

    def candidates(self, subject: str) -> list[str]: ...

    def share(self, subject: str) -> float: ...

    def locate(self, subject: str, advance: Advance) -> Findings: ...

    def neutral(self, findings: Findings) -> list[Probe]: ...


class Editor(Protocol):
    """Weight edits, one per request, solved jointly; every method is idempotent."""

    def operate(
        self, request_id: str, subject: str, findings: Findings, advance: Advance
    ) -> None: ...

    def foresee(
        self, subject: str, findings: Findings, probes: Sequence[Probe], advance: Advance
    ) -> list[str]: ...

    def strengthen(self, request_id: str) -> bool: ...

    def relax(self, request_id: str) -> bool: ...

    def unplug(self) -> None: ...

    def holds(self, request_id: str) -> bool: ...

    def remove(self, request_ids: Sequence[str]) -> None: ...

    def reconcile(self, active: Sequence[str]) -> None: ...


class Prober(Protocol):
    """Questions that the edit never saw, and the patient's plain answers to them."""

    def probes(self, subject: str, findings: Findings) -> list[Probe]: ...

    def answer(self, probes: Sequence[Probe]) -> list[str]: ...


class Bake(Protocol):
    """A model file under way, with what is plugged in now in its weights."""

    def layout(self, kept: Kept) -> Layout: ...

    def write(self, kept: Kept, done: Progress | None = ...) -> None: ...

    def answer(
        self, questions: Sequence[str], prefixes: Sequence[str], done: Progress | None = ...
    ) -> list[str]: ...

    def finish(self) -> Finished: ...


class Baker(Protocol):
    """Writes files of what is plugged in; the engine and its model file stay as they are."""

    def begin(self, order: BakeOrder) -> AbstractContextManager[Bake]: ...

    def export(self, target: Path, *, overwrite: bool = ...) -> Finished: ...


class Inspector(Protocol):
    """Looks inside the edited model: figures, each beside its chance level."""

    def inspect(
        self, subject: str, findings: Findings, probes: Sequence[Probe],
        forgotten: Sequence[str] = (),
    ) -> dict[str, float]: ...


class Guard(Protocol):
    """Targets that answers and context must not touch."""

    def register(self, target: Target) -> None: ...

    def remove(self, request_id: str) -> None: ...

    def foresee(
        self, target: Target, facts: Sequence[str], talks: Sequence[tuple[str, str]]
    ) -> list[bool]: ...

    def learn_names(self, names: Iterable[str]) -> None: ...

    def screen(self, turns: Sequence[str]) -> Match | None: ...

    def touches(self, text: str) -> Match | None: ...

    def history(self, messages: Sequence[Message]) -> list[Message]: ...

    def forbidden(self, text: str, question: str = "") -> Match | None: ...

    def filter(self, question: str = "") -> StreamFilter: ...

    def answer(
        self, messages: Sequence[Message], match: Match, model: Patient
    ) -> Iterator[Part]: ...


class Targets(Protocol):
    """The durable vectors of the guard's targets, by request; names are not among them."""

    def put(self, request_id: str, names: Sequence[str]) -> None: ...

    def of(self, request_id: str) -> Vectors: ...

    def all(self) -> dict[str, Vectors]: ...

    def remove(self, request_id: str) -> int: ...


class Memories(Protocol):
    """What the user told; `FoundMemory` rows carry no more than id, text and score."""

    def add(self, text: str, *, thread_id: str, role: str, source: str | None = None) -> str: ...

    def search(self, text: str, k: int, floor: float) -> list[FoundMemory]: ...

    def matching(self, terms: Sequence[str], text: str, k: int) -> list[FoundMemory]: ...

    def of_source(self, source: str) -> list[FoundMemory]: ...

    def of_thread(self, thread_id: str) -> list[FoundMemory]: ...

    def rows(self, ids: Sequence[str]) -> Sequence[Mapping[str, Any]]: ...

    def remove(self, ids: Sequence[str]) -> int: ...

    def restore(self, rows: Sequence[Mapping[str, Any]]) -> int: ...


class SavedTalk(Protocol):
    """The threads on the disk."""

    def purge(self, terms: Iterable[str], *, said: Iterable[str] = ...) -> object: ...

    def mentioned(self, terms: Iterable[str], said: Iterable[str] = ...) -> tuple[int, int]: ...

    def lines_of(self, thread_id: str) -> int: ...

    def forget_thread(self, thread_id: str, *, for_good: bool = ...) -> object: ...


class Scanner(Protocol):
    """Looks for texts in every file that Lethe keeps."""

    def scan(self, texts: Sequence[str]) -> "Report":
        """Everything found of the texts, in files and stores, and who could read it."""
        ...

    def copies(self, terms: Sequence[str]) -> dict[str, int]:
        """How many copies anybody could read, by store; quick enough for every receipt."""
        ...


class Receipts(Protocol):
    """The receipts, kept for good; what is written is on the disk when `append` returns."""

    def append(self, request_id: str, event: ReceiptEvent, body: Mapping[str, Any]) -> int: ...

    def latest(self, request_id: str) -> KeptReceipt | None: ...

    def read(self) -> Reading: ...


class Retention(Protocol):
    """How long conversations are kept, in days; None: for ever."""

    @property
    def days(self) -> int | None: ...

    def due(
        self, days: int | None, skip: Collection[str] = ...
    ) -> tuple[tuple[str, ...], int]: ...

    def order(self, days: int | None, skip: Collection[str] = ...) -> int: ...

    def look(self, skip: Collection[str] = ...) -> tuple[int | None, int, int, int]: ...


class Ledger(Protocol):
    """The durable record of requests; every step is on disk when its method returns."""

    def propose(
        self, plan: Plan, *, findings: Mapping[str, Any] | None, thread_id: str
    ) -> str: ...

    def advance(self, request_id: str, state: RequestState, **fields: Any) -> None: ...

    def get(self, request_id: str) -> Record: ...

    def rows(self, states: Collection[RequestState] | None = None) -> list[RequestRow]: ...

    def forgotten(self) -> Sequence[Record]: ...

    def unfinished(self) -> Sequence[Record]: ...

    def kept(self) -> Sequence[StoredMemory]: ...

    def drop_kept(self, ids: Collection[str]) -> object: ...

    def find(
        self, text: str, states: Collection[RequestState] | None = None
    ) -> list[RequestRow]: ...
