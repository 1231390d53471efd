"""The vectors of forgotten targets, by request; their names are not stored here."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from memory.text import storable
from memory.vectors import VectorStore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NAME = "targets"


class NearTarget(NamedTuple):
    """A request whose target is near; `score` is the cosine, 0..1."""

    request_id: str
    score: float


class TargetStore:
    """The targets in a vector store."""

    def __init__(self, store: VectorStore) -> None:
        self._store = store

    def put(self, request_id: str, names: Sequence[str]) -> None:
        """Store the vectors of a request's subject, aliases and the like, in place of others."""
        ids = [f"{request_id}/{index}" for index in range(len(names))]
        surplus = [old for old in self._ids(request_id) if old not in ids]
        self._store.remove(_NAME, surplus)
        if names:
            vectors = self._store.embed([storable(name) for name in names])
            with self._store.collection(_NAME) as rows:
                rows.upsert(
                    ids=ids, embeddings=vectors,
                    metadatas=[{"request_id": request_id}] * len(names),
                )

    def nearest(self, text: str, k: int) -> list[NearTarget]:
        """The `k` nearest vectors to a text, best first, one per request."""
        vector = self._store.embed([storable(text)])[0]
        with self._store.collection(_NAME) as rows:
            found = rows.query(
                query_embeddings=[vector], n_results=k, include=["metadatas", "distances"]
            )
        best: dict[str, float] = {}
        for metadata, distance in zip(found["metadatas"][0], found["distances"][0], strict=True):
            best.setdefault(metadata["request_id"], min(1.0, max(0.0, 1.0 - distance)))
        return [NearTarget(request_id, score) for request_id, score in best.items()]

    def of(self, request_id: str) -> "NDArray[np.float32]":
        """One request's vectors, float32[names, d]; none where it has none."""
        with self._store.collection(_NAME) as rows:
            found = rows.get(where={"request_id": request_id}, include=["embeddings"])
        return self._plain(found["embeddings"])

    def all(self) -> "dict[str, NDArray[np.float32]]":
        """Every request's vectors, float32[names, d]."""
        with self._store.collection(_NAME) as rows:
            found = rows.get(include=["embeddings", "metadatas"])
        grouped: dict[str, list[Any]] = {}
        for vector, metadata in zip(found["embeddings"], found["metadatas"], strict=True):
            grouped.setdefault(metadata["request_id"], []).append(vector)
        return {name: self._plain(vectors) for name, vectors in grouped.items()}

    def remove(self, request_id: str) -> int:
        """Remove a request's vectors; returns how many, by reading.

        They go when a request is taken back. Their bytes wait for the next removal of a memory, or
        the end of the session: to rewrite the folder takes longer the more memories there are.
        """
        return self._store.remove(_NAME, self._ids(request_id))

    def _plain(self, stored: Any) -> "NDArray[np.float32]":
        """Vectors as the embedder gave them."""
        import numpy as np

        return self._store.seal.turn_back(np.asarray(stored, np.float32))

    def _ids(self, request_id: str) -> list[str]:
        with self._store.collection(_NAME) as rows:
            ids: list[str] = rows.get(where={"request_id": request_id}, include=[])["ids"]
        return ids
