"""The stores of a session that keeps nothing: what is forgotten is read, and no file is written.

The ledger is copied into memory, the talk begins there, the targets' vectors are computed anew.
Memories are left out: to open the vector store is already to write its index files. Beside the
lock, which keeps another Lethe away meanwhile, nothing in the directory changes.
"""
# ruff: noqa: ARG002 - where nothing is kept, nothing is done with what was given

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memory.directory import DataDirectory
from memory.errors import NotKept, WriteUnfinished
from memory.memories import FoundMemory
from memory.sqlite import readable_errors
from memory.text import storable
from memory.vectors import Embed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class PrivateDirectory(DataDirectory):
    """A data directory that is held and not written; where there is none yet, none is made.

    Raises:
        DirectoryHeld: another running Lethe has it; never waits.
        DirectoryTooNew: its format is unknown to this program.
    """

    def _open(self, undo: ExitStack, minimum_free: int) -> None:
        if (self.path / "version").exists():
            super()._open(undo, 0)


def blank(_path: Path) -> sqlite3.Connection:
    """An empty database in memory, for whoever would open the file."""
    return sqlite3.connect(":memory:", check_same_thread=False)


def copied(path: Path) -> sqlite3.Connection:
    """A database in memory with what the file holds; the file is only read.

    Raises:
        WriteUnfinished: a crash left a change that has to be taken back in the file first.
        StoreCorrupt: the file is damaged.
    """
    copy = blank(path)
    if path.with_name(f"{path.name}-journal").exists():
        raise WriteUnfinished(
            f"a crash left {str(path)!r} half written; start Lethe without --private to mend it"
        )
    if path.exists():
        with readable_errors(path), closing(_read_only(path)) as source:
            source.backup(copy)
    return copy


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


class NoMemories:
    """Memories of a session that neither reads nor adds any."""

    def add(self, text: str, *, thread_id: str, role: str, source: str | None = None) -> str:
        """Keep nothing.

        Raises:
            NotKept: always.
        """
        raise NotKept("this is a private session: it keeps nothing")

    def search(self, text: str, k: int, floor: float) -> list[FoundMemory]:
        """Nothing is near."""
        return []

    def matching(self, terms: Sequence[str], text: str, k: int) -> list[FoundMemory]:
        """Nothing matches."""
        return []

    def of_source(self, source: str) -> list[FoundMemory]:
        """Nothing was told anywhere."""
        return []

    def of_thread(self, thread_id: str) -> list[FoundMemory]:
        """No thread has any."""
        return []

    def rows(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """No id is known."""
        return []

    def remove(self, ids: Sequence[str]) -> int:
        """There is nothing to remove."""
        return 0

    def restore(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """Keep nothing; raises as `add`."""
        raise NotKept("this is a private session: it keeps nothing")


class PrivateTargets:
    """The vectors of forgotten targets, by request, for as long as the session lasts."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def put(self, request_id: str, names: Sequence[str]) -> None:
        """Compute the vectors of a request's names, in place of others."""
        import numpy as np

        texts = [storable(name) for name in names]
        empty = np.empty((0, 0), np.float32)
        self._vectors[request_id] = self._embed(texts) if texts else empty

    def of(self, request_id: str) -> "NDArray[np.float32]":
        """One request's vectors, float32[names, d]; none where it has none."""
        import numpy as np

        return self._vectors.get(request_id, np.empty((0, 0), np.float32))

    def all(self) -> "dict[str, NDArray[np.float32]]":
        """Every request's vectors, float32[names, d]."""
        return {name: vectors for name, vectors in self._vectors.items() if len(vectors)}

    def remove(self, request_id: str) -> int:
        """Drop a request's vectors; returns how many."""
        return len(self._vectors.pop(request_id, ()))
