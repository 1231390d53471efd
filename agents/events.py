"""What a session tells the outside: frozen facts in the past tense, one class each.

The Textual app, the command line and the benches all consume the same stream, so nothing here
knows how it will be shown. Plain data (`Plan`, `Receipt`, `RequestRow`) is typed as `TypedDict`
because the very same dictionaries travel through LangGraph's state and into `--json`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from memory.scan import Report

Intent = Literal["forget", "restore", "list", "remember", "ask", "expire"]
"""What the user wants of a turn: `expire` says how long conversations are kept, `ask` is everything
that is not an order to the memory."""

Scope = Literal["fact", "entity", "topic", "thread", "source"]
"""How much a request covers: one fact, somebody or something, a theme, this talk, a document."""

Method = Literal["auto", "guard", "edit", "both"]
"""How to forget: in context (`guard`), in the weights (`edit`), both, or what the model allows."""

RequestState = Literal[
    "proposed", "approved", "operating", "verified", "active", "restoring", "restored",
    "declined", "failed", "baked",
]


class Verdict(TypedDict):
    """The watchdog's reading of one user turn."""

    intent: Intent
    subject: str | None
    scope: Scope
    confidence: float


class FoundMemory(TypedDict):
    """A stored text that matches a request; `score` in 0..1, 1 for a literal hit."""

    id: str
    text: str
    score: float


class Blast(TypedDict):
    """How far a request would reach, estimated before consent: neutral questions `asked`, and how
    many of them would be answered otherwise. An answer may be changed by edit and guard both."""

    asked: int
    changed: int
    by_edit: int
    by_guard: int


class Plan(TypedDict):
    """What the surgeon would do about a request, shown before anything is done."""

    request_id: str
    subject: str
    aliases: list[str]
    scope: Scope
    method: Method
    memories: list[FoundMemory]
    facts: list[str]
    neighbours: list[str]
    blast: Blast | None
    """None where nothing could be asked: a conversation is only removed."""
    steps: list[str]
    warnings: list[str]
    model: str
    """Fingerprint of the model it was made on."""


class ProbeCount(TypedDict):
    """One kind of probe: how many were asked, how many answers still held a forgotten value.

    `chance` is the share of hits the same probes score on strangers, 0..1.
    """

    asked: int
    leaked: int
    chance: float


class NeighbourCount(TypedDict):
    """The closest things that must survive: asked before and after, and still answered alike."""

    asked: int
    kept: int


class Receipt(TypedDict):
    """The record of one request: what was found, done, measured, and what was not erased."""

    request_id: str
    state: RequestState
    subject: str
    method: Method
    seconds: float
    memories_removed: int
    probes: dict[str, ProbeCount]
    guarded_probes: dict[str, ProbeCount]
    neighbours: NeighbourCount
    inside: dict[str, float]
    """Figures of a look inside the edited model, each beside the same name with `_chance`."""
    scan: dict[str, int] | None
    """Copies left that anybody could read, by store; None: the directories were not scanned."""
    not_erased: list[str]


class BakedRequest(TypedDict):
    """One request whose edit is in a written file: the same probes, guard off, answered by the
    model with its adapter and by the file alone."""

    request_id: str
    subject: str
    adapter_probes: dict[str, ProbeCount]
    file_probes: dict[str, ProbeCount]
    adapter_neighbours: NeighbourCount
    file_neighbours: NeighbourCount


class BakeAttempt(TypedDict):
    """One writing of the file: what was given more precision, how many probes leaked that had not
    with the adapter, and how many neighbours were lost that it had kept."""

    kept: str
    new_leaks: int
    lost_neighbours: int


class BakeReceipt(TypedDict):
    """The record of a written model file; hashes are sha256 in hex, times UTC."""

    path: str
    sha256: str
    size_bytes: int
    kind: str
    kept: str
    edited: dict[str, str]
    """Type of each changed weight."""
    raised: dict[str, str]
    """Type of each other weight that was given more precision than its kind of file gives it."""
    fallbacks: dict[str, str]
    """Type of each weight whose rows do not fit the type of its kind of file."""
    new_leaks: int
    lost_neighbours: int
    attempts: list[BakeAttempt]
    requests: list[BakedRequest]
    not_in_file: list[str]
    base: str
    base_sha256: str
    adapter_sha256: str
    created: str
    seconds: float


class AdapterReceipt(TypedDict):
    """The record of an exported adapter."""

    path: str
    sha256: str
    size_bytes: int
    requests: list[str]
    base: str
    base_sha256: str
    warning: str


class RequestRow(TypedDict):
    """One line of the ledger, as listed."""

    request_id: str
    subject: str
    scope: Scope
    method: Method
    state: RequestState
    created: str


@dataclass(frozen=True, slots=True)
class TurnJudged:
    """The watchdog has read the turn."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class WorkAdvanced:
    """Long work moved on; `done` of `total` units of `stage` are finished (total 0: unknown)."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class AnswerGrew:
    """More of the answer has passed the filter and may be shown."""

    text: str


@dataclass(frozen=True, slots=True)
class ThoughtGrew:
    """More of a reasoning model's thought has passed the filter; not part of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class StepTaken:
    """An agent of the guard did something on the way to the answer; `said` is redacted."""

    agent: str
    said: str


@dataclass(frozen=True, slots=True)
class AnswerFinished:
    """The whole answer as shown; `stopped` when the user cut it short."""

    answer: str
    guarded: bool
    request_id: str | None
    seconds: float
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class PlanProposed:
    """The thread now waits for the owner's yes or no: `Session.resume`."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class ChoiceNeeded:
    """Several subjects match; the thread waits for one of `options`: `Session.resume`."""

    question: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RestoreProposed:
    """The thread waits for a yes or no before it restores these requests: `Session.resume`."""

    requests: tuple[RequestRow, ...]


@dataclass(frozen=True, slots=True)
class ProbesAnswered:
    """Verification of one kind of probe is finished."""

    kind: str
    guarded: bool
    count: ProbeCount


@dataclass(frozen=True, slots=True)
class ReceiptIssued:
    """A request reached an end state."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class RequestsListed:
    """The ledger's rows, newest first."""

    requests: tuple[RequestRow, ...]


@dataclass(frozen=True, slots=True)
class FilesScanned:
    """A text was looked for in every file that Lethe keeps."""

    text: str
    report: "Report"


@dataclass(frozen=True, slots=True)
class MemoryKept:
    """A text was remembered."""

    memory_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One clear line for the user that is neither an answer nor an error."""

    text: str


Event = (
    TurnJudged | WorkAdvanced | AnswerGrew | ThoughtGrew | StepTaken | AnswerFinished
    | PlanProposed | ChoiceNeeded | RestoreProposed | ProbesAnswered | ReceiptIssued
    | RequestsListed | FilesScanned | MemoryKept | Notice
)
