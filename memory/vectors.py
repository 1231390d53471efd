"""The vector store: Chroma in a folder that can be rewritten without what was removed.

Chroma's `delete` hides a row and leaves its text in the queue table and its vector in the index
file, also after its own vacuum. So removal has two parts: the row is hidden at once, and `compact`
copies the live rows into a fresh folder and removes the old one. A folder with hidden bytes is
marked on the disk before the first of them is hidden; opening a marked store compacts it first.

Chroma can search only what it can read. So it is given no text, but sealed bytes among a row's
metadata, and vectors turned into the key's own coordinates: their angles are all it needs.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memory import chroma
from memory.errors import PurgeIncomplete
from memory.generations import Generations
from memory.index_files import Fingerprint, fingerprint, zero_unused
from memory.sealing import Seal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Embed = Callable[[Sequence[str]], "NDArray[np.float32]"]
"""Texts to unit vectors, float32[len(texts), d]; the same text always gives the same vector."""

COLLECTIONS = ("memories", "targets")


class VectorStore:
    """Both collections in one folder; safe to use from several threads of one process.

    Chroma itself is opened at the first use, unless a removal was not finished: that is done
    here and now.

    Args:
        path: folder, created when missing, for this class alone.
        embed: what turns texts into vectors.
        seal: what rows are sealed with and vectors turned by.

    Raises:
        StoreCorrupt: the folder is damaged.
    """

    def __init__(self, path: Path, embed: Embed, seal: Seal) -> None:
        self.path = path
        self.seal = seal
        self._embed = embed
        self._lock = threading.RLock()
        self._client: Any = None
        self._index: Fingerprint | None = None
        self._generations = Generations(path)
        self._generations.recover()
        self._tidy()
        if self._generations.unclean:
            self.compact()

    def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """The texts' vectors, float32[len(texts), d], in the coordinates that are stored."""
        return self.seal.turn(self._embed(texts))

    @contextmanager
    def collection(self, name: str) -> Iterator[Any]:
        """One of `COLLECTIONS`, for this thread alone, with readable errors."""
        with self._lock, chroma.readable_errors(self.path):
            if self._client is None:
                self._client = chroma.open_client(self._generations.live)
            yield chroma.open_collection(self._client, name)
            self._tidy()

    def remove(self, name: str, ids: Sequence[str]) -> int:
        """Hide rows; returns how many went, by reading before and after. `compact` is to follow
        some time.

        Raises:
            PurgeIncomplete: some can still be read.
        """
        with self.collection(name) as rows:
            present = existing(rows, ids)
            if present:
                self._generations.mark_unclean()
            for start in range(0, len(present), chroma.BATCH):
                rows.delete(ids=present[start : start + chroma.BATCH])
            if left := existing(rows, present):
                raise PurgeIncomplete(f"{len(left)} of {len(present)} {name} are still there")
            return len(present)

    def compact(self) -> None:
        """Rewrite the folder so that no byte of removed rows is left in it; crash-safe.

        Takes 0.2 s for some rows, about 1 s for 2,000; nothing to do when nothing was removed.
        """
        with self._lock:
            if not self._generations.unclean:
                return
            fresh = self._generations.fresh()
            self._copy_to(fresh)
            self.close()
            self._generations.switch(fresh)
            self._generations.settle()

    def close(self) -> None:
        """Close Chroma's files; the next use opens them again."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None
                self._tidy()

    def _copy_to(self, folder: Path) -> None:
        target = chroma.open_client(folder)
        try:
            for name in COLLECTIONS:
                with self.collection(name) as rows:
                    chroma.copy_collection(rows, chroma.open_collection(target, name))
        finally:
            target.close()
        zero_unused(folder)

    def _tidy(self) -> None:
        """Take strangers' bytes out of index files that were written since the last time."""
        live = self._generations.live
        if fingerprint(live) != self._index:
            zero_unused(live)
            self._index = fingerprint(live)


def existing(rows: Any, ids: Sequence[str]) -> list[str]:
    """Which of these ids a collection holds, each once, in its own order."""
    ids = list(dict.fromkeys(ids))
    found: list[str] = []
    for start in range(0, len(ids), chroma.BATCH):
        found += rows.get(ids=ids[start : start + chroma.BATCH], include=[])["ids"]
    return found
