"""Memories: texts the user told, found again by meaning and by word.

A row of the vector store is an id, a turned vector, the thread's id, a keyed mark by which the same
text is found again, and one sealed string.

What a memory may be used for, and whether it may be shown, is decided elsewhere.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypedDict, cast
from uuid import uuid4

from memory.chroma import BATCH
from memory.errors import StoreCorrupt, TextEmpty
from memory.request import StoredMemory
from memory.text import Mentions, normalise, storable
from memory.vectors import VectorStore, existing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

_Column = tuple[str, Mapping[str, str]]
"""A row as it is stored: its id and its metadata."""

_NAME = "memories"
_TOLD = ("text", "role", "source", "created")
_ALIKE = ("thread_id", "role", "source", "text")
"""What two memories have in common that are one."""

RELATED = 0.55
"""Cosine similarity from which a memory counts as being about the text, though no word matches."""


class FoundMemory(TypedDict):
    """A stored text that matches; `score` in 0..1, 1 for a literal hit."""

    id: str
    text: str
    score: float


class Memories:
    """The memories in a vector store."""

    def __init__(self, store: VectorStore) -> None:
        self._store = store

    def add(
        self, text: str, *, thread_id: str, role: str, source: str | None = None,
        created: str | None = None,
    ) -> str:
        """Remember a text and return its id; `created` (UTC, ISO 8601) is now unless given.

        The same text told again in the same way in one thread is one memory, of the last time it
        was told. Each thread has its own: none goes because another thread does.

        Raises:
            TextEmpty: nothing visible is in it.
        """
        if not normalise(text):
            raise TextEmpty(f"nothing to remember in {text!r}; expected a text")
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        told = StoredMemory(
            id="", text=storable(text), thread_id=thread_id, role=role, source=source,
            created=created or now,
        )
        vectors = self._store.embed([storable(text)])
        told["id"] = self._told_before(told) or uuid4().hex
        self._upsert([told], vectors)
        return told["id"]

    def search(self, text: str, k: int, floor: float) -> list[FoundMemory]:
        """At most `k` memories near in meaning, best first, none with a cosine below `floor`."""
        if k < 1 or not normalise(text):
            return []
        near = self._near(self._store.embed([storable(text)]), k)
        hits = [FoundMemory(id=row["id"], text=row["text"], score=score) for row, score in near]
        return [hit for hit in hits if hit["score"] >= floor]

    def matching(
        self, terms: Sequence[str], text: str, k: int, floor: float = RELATED
    ) -> list[FoundMemory]:
        """Every memory that names a term (score 1), then others near `text`; at most `k`.

        Literal hits ignore case, accents and spacing, and come newest first.
        """
        mentions = Mentions.of(terms)
        named = [
            FoundMemory(id=row["id"], text=row["text"], score=1.0)
            for row in reversed(self.all()) if mentions.in_text(row["text"])
        ]
        seen = {hit["id"] for hit in named}
        near = [hit for hit in self.search(text, k, floor) if hit["id"] not in seen]
        return (named + near)[:k]

    def of_thread(self, thread_id: str) -> list[FoundMemory]:
        """The memories of one thread, oldest first, each with score 1."""
        return [
            FoundMemory(id=row["id"], text=row["text"], score=1.0)
            for row in self._rows(where={"thread_id": thread_id})
        ]

    def kept_in(self, thread_ids: Sequence[str], source: str) -> list[str]:
        """Ids of the memories that these threads left by way of one source.

        A damaged one tells no source and is left: it must not keep the others.
        """
        found: list[_Column] = []
        for start in range(0, len(thread_ids), BATCH):
            some = list(thread_ids[start : start + BATCH])
            found += self._columns(where={"thread_id": {"$in": some}})
        rows = [self.readable(*column) for column in found]
        return [row["id"] for row in rows if row and row["source"] == source]

    def of_source(self, source: str) -> list[FoundMemory]:
        """What was told by way of one source, oldest first, each with score 1."""
        wanted = normalise(source)
        return [
            FoundMemory(id=row["id"], text=row["text"], score=1.0)
            for row in self.all() if row["source"] and normalise(row["source"]) == wanted
        ]

    def all(self) -> list[StoredMemory]:
        """Every memory, oldest first."""
        return self._rows()

    def rows(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """These memories as `restore` takes them, oldest first; unknown ids are left out."""
        ids = list(dict.fromkeys(ids))
        found: list[StoredMemory] = []
        for start in range(0, len(ids), BATCH):
            found += self._rows(ids=ids[start : start + BATCH])
        return [dict(row) for row in sorted(found, key=_age)]

    def remove(self, ids: Sequence[str]) -> int:
        """Remove memories and every byte of them; returns how many, by reading before and after.

        Also finishes an earlier removal that was interrupted.

        Raises:
            PurgeIncomplete: some could be read after their removal.
        """
        removed = self._store.remove(_NAME, ids)
        self._store.compact()
        return removed

    def restore(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """Put memories back under their ids; returns how many of them are there then."""
        for start in range(0, len(rows), BATCH):
            some = rows[start : start + BATCH]
            self._upsert(some, self._store.embed([storable(row["text"]) for row in some]))
        with self._store.collection(_NAME) as present:
            return len(existing(present, [row["id"] for row in rows]))

    def _near(self, vector: "Vectors", k: int) -> list[tuple[StoredMemory, float]]:
        """The `k` memories nearest to a vector float32[1, d], best first, with their scores; a
        damaged one is near nothing."""
        with self._store.collection(_NAME) as rows:
            found = rows.query(
                query_embeddings=vector, n_results=k, include=["metadatas", "distances"]
            )
        opened = map(self.readable, found["ids"][0], found["metadatas"][0])
        scores = map(_score, found["distances"][0])
        return [(row, score) for row, score in zip(opened, scores, strict=True) if row]

    def _told_before(self, told: StoredMemory) -> str | None:
        """The id of the memory of this very text, told in the same way, if there is one."""
        with self._store.collection(_NAME) as rows:
            found: list[str] = rows.get(where={"mark": self._mark(told)}, include=[])["ids"]
        return min(found, default=None)

    def _mark(self, row: Mapping[str, Any]) -> str:
        """The same for what was told alike; nobody without the key can compute it."""
        return self._store.seal.digest(json.dumps([row[name] for name in _ALIKE]).encode())

    def _upsert(self, rows: Sequence[Mapping[str, Any]], vectors: "Vectors") -> None:
        with self._store.collection(_NAME) as present:
            present.upsert(
                ids=[row["id"] for row in rows], embeddings=vectors,
                metadatas=[self._sealed(row) for row in rows],
            )

    def _rows(self, **which: Any) -> list[StoredMemory]:
        return sorted((self.opened(*column) for column in self._columns(**which)), key=_age)

    def _columns(self, **which: Any) -> list[_Column]:
        with self._store.collection(_NAME) as rows:
            found = rows.get(include=["metadatas"], **which)
        return [*zip(found["ids"], found["metadatas"], strict=True)]

    def _sealed(self, row: Mapping[str, Any]) -> dict[str, str]:
        told = storable(json.dumps({name: row[name] for name in _TOLD}, ensure_ascii=False))
        sealed = self._store.seal.seal(told.encode(), _place(row["id"]))
        return {
            "thread_id": row["thread_id"], "mark": self._mark(row),
            "sealed": b64encode(sealed).decode(),
        }

    def opened(self, memory_id: str, metadata: Mapping[str, str]) -> StoredMemory:
        """A memory as a row of the vector store has it.

        Raises:
            StoreCorrupt: the row is damaged.
        """
        try:
            told = self._store.seal.unseal(b64decode(metadata["sealed"]), _place(memory_id))
            known = {"id": memory_id, "thread_id": metadata["thread_id"]}
        except StoreCorrupt:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise StoreCorrupt(f"a memory in {str(self._store.path)!r} is damaged") from error
        return cast("StoredMemory", {**json.loads(told), **known})

    def readable(self, memory_id: str, metadata: Mapping[str, str]) -> StoredMemory | None:
        """The same; None where the row is damaged."""
        try:
            return self.opened(memory_id, metadata)
        except StoreCorrupt:
            return None


def _place(memory_id: str) -> str:
    return f"memories/{memory_id}"


def _age(row: StoredMemory) -> tuple[str, str]:
    return row["created"], row["id"]


def _score(distance: float) -> float:
    """Cosine distance, 0..2, as a similarity, 0..1."""
    return min(1.0, max(0.0, 1.0 - distance))
