"""What is injected into a run and never saved: the ports, and the few numbers the agents go by."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event as Flag

from agents.events import Event
from agents.ports import (
    Baker,
    Editor,
    Guard,
    Inspector,
    Ledger,
    Locator,
    Memories,
    Patient,
    Prober,
    Receipts,
    Retention,
    SavedTalk,
    Scanner,
    Targets,
    Watcher,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Numbers of the agents' own judgement; each has its reason beside it."""

    sure: float = 0.8
    """Watchdog confidence from which a forget is taken without asking what was meant."""

    recall: int = 4
    """Memories put before the model at most; more crowd out a small context."""

    recall_floor: float = 0.45
    """Cosine similarity under which a memory is noise."""

    room_for_memories: int = 2048
    """Context length, tokens, from which a model can be expected to use what it is shown."""

    tick: float = 0.1
    """Seconds between moments at which an answer may appear: more than the ways of a guarded and a
    free answer differ on a small model, less than a reader notices."""

    breadth: float = 0.2
    """Share of the model's own questions a subject may touch before it is far too broad."""

    blast: float = 0.2
    """Share of neutral answers a request may change; one that changes more is about more than its
    subject."""

    blast_warned: float = 0.05
    """The same share from which the owner is warned; a good edit changes none or one of 40."""


@dataclass(frozen=True, slots=True)
class Context:
    """The world as one run of the graph sees it.

    `locator`, `editor` and `prober` are None for a model that cannot be looked into (scripted, or
    behind a server); `editor` alone is None for one whose weights cannot be edited.
    """

    thread_id: str
    patient: Patient
    watcher: Watcher
    memories: Memories
    ledger: Ledger
    guard: Guard
    targets: Targets
    saved: SavedTalk
    receipts: Receipts
    locator: Locator | None = None
    editor: Editor | None = None
    prober: Prober | None = None
    baker: Baker | None = None
    """None where `editor` is."""
    inspector: Inspector | None = None
    """None where `editor` is."""
    scanner: Scanner | None = None
    """What looks for copies of a text in Lethe's directories; None: no receipt says."""
    halt: Flag = field(default_factory=Flag)
    guest: bool = False
    """Whether somebody else than the owner is speaking: he may ask, and learns of nothing."""
    unread: list[str] = field(default_factory=list)
    """Stores that are damaged and were left aside, one line each: nothing in them was erased."""
    private: bool = False
    """Whether nothing of the session is kept: no order to the memory is taken, none is read."""
    retention: Retention | None = None
    """How long conversations are kept; None where none is."""
    limits: Limits = field(default_factory=Limits)


Emit = Callable[[Event], None]
"""How a node tells the outside something; LangGraph's custom stream."""
