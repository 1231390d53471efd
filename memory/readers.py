"""The stores as texts, through their own methods, whether they are sealed or not: for the scan."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass

from memory.checkpoints import Checkpoints
from memory.ledger import Ledger
from memory.memories import Memories
from memory.scan import ALIKE, NEIGHBOURS, Near, Opened
from memory.targets import TargetStore


@dataclass(frozen=True, slots=True)
class StoredTexts:
    """A `scan.Reader` of every string inside what `values` gives."""

    name: str
    values: Callable[[], Iterable[object]]

    def texts(self) -> Iterator[str]:
        """Every string, also keys of mappings."""
        for value in self.values():
            yield from strings(value)


def ledger_reader(ledger: Ledger) -> StoredTexts:
    """Every request with its plan, its findings and the memories kept for a restore."""
    return StoredTexts("ledger", ledger.records)


def memories_reader(memories: Memories) -> StoredTexts:
    """Every memory."""
    return StoredTexts("memories", memories.all)


def conversations_reader(checkpoints: Checkpoints) -> StoredTexts:
    """Every saved state of every thread."""
    return StoredTexts("conversations", lambda: checkpoints.saver.list(None))


def neighbours(memories: Memories, targets: TargetStore) -> Near:
    """Counts what stands near a text in both collections of vectors."""

    def near(text: str) -> int:
        told = memories.search(text, NEIGHBOURS, ALIKE)
        found = targets.nearest(text, NEIGHBOURS)
        return len(told) + sum(target.score >= ALIKE for target in found)

    return near


def stores_of(
    ledger: Ledger, memories: Memories, targets: TargetStore, checkpoints: Checkpoints,
    *others: StoredTexts,
) -> Opened:
    """All of a data directory as the scan wants it."""
    readers = (
        memories_reader(memories), conversations_reader(checkpoints), ledger_reader(ledger),
        *others,
    )
    return Opened(readers, {"vectors": neighbours(memories, targets)})


def strings(value: object) -> Iterator[str]:
    """Every string inside a value: containers, their keys, dataclasses, bytes, other things' repr.

    >>> list(strings({"a": ["b", 1, None]}))
    ['a', 'b']
    """
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes | bytearray):
        yield value.decode("utf-8", "replace")
    elif value is not None and not isinstance(value, int | float):
        for part in _parts(value):
            yield from strings(part)


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return [part for pair in value.items() for part in pair]
    if isinstance(value, list | tuple | set | frozenset):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, field.name) for field in fields(value)]
    return [repr(value)]
