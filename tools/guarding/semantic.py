"""Nearness in meaning between a text and what the targets are described by.

Catches the description without the name ("the baker from Oslo who wrote ..."). Vectors come from
any embedder; this module only keeps and compares them.
"""

import re
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""Unit vectors, one a row."""


class Embedder(Protocol):
    """Turns texts into unit vectors, one row each."""

    def embed(self, texts: Sequence[str]) -> Vectors: ...


def unit_rows(vectors: npt.ArrayLike) -> Vectors:
    """Return `vectors` as a float32 matrix with rows of length one; zero rows stay zero."""
    rows = np.atleast_2d(np.asarray(vectors, dtype=np.float32))
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    units: Vectors = np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
    return units


class VectorIndex:
    """Vectors by request, searched by cosine; exact, one matrix product a query."""

    def __init__(self) -> None:
        self._rows: dict[str, Vectors] = {}
        self._stacked: tuple[Vectors, list[str]] | None = None

    def __bool__(self) -> bool:
        return bool(self._rows)

    def add(self, request_id: str, vectors: npt.ArrayLike) -> None:
        """Keep the rows of `vectors` for `request_id`; none at all is fine."""
        rows = np.asarray(vectors, dtype=np.float32)
        if rows.size:
            self._rows[request_id] = unit_rows(rows)
            self._stacked = None

    def remove(self, request_id: str) -> None:
        """Drop what is kept for `request_id`, if anything."""
        if self._rows.pop(request_id, None) is not None:
            self._stacked = None

    def near(self, vector: npt.ArrayLike, floor: float = -1.0) -> dict[str, float]:
        """Return the best cosine with `vector` of each request that reaches `floor`."""
        if not self._rows:
            return {}
        matrix, owners = self._stack()
        scores = matrix @ unit_rows(vector)[0]
        best: dict[str, float] = {}
        for row in np.flatnonzero(scores >= floor).tolist():
            best[owners[row]] = max(float(scores[row]), best.get(owners[row], -1.0))
        return best

    def _stack(self) -> tuple[Vectors, list[str]]:
        if self._stacked is None:
            owners = [owner for owner, rows in self._rows.items() for _ in range(len(rows))]
            self._stacked = np.concatenate(list(self._rows.values())), owners
        return self._stacked


def no_vectors() -> Vectors:
    """Return the vectors of a target that is only known by its name."""
    return np.zeros((0, 0), dtype=np.float32)


def described(embedder: Embedder | None, subject: str, facts: Sequence[str]) -> Vectors:
    """Return one vector a fact, the name of `subject` put out of it first.

    The name must not be part of the meaning: every question about a namesake would be near.
    """
    texts = nameless(facts, subject)
    return unit_rows(embedder.embed(texts)) if embedder and texts else no_vectors()


def nameless(facts: Sequence[str], subject: str) -> list[str]:
    """Return `facts` with "this person" wherever they name `subject`."""
    name = r"\s+".join(map(re.escape, subject.split()))
    pattern = re.compile(rf"\b{name}\b", flags=re.IGNORECASE)
    texts = [pattern.sub("this person", fact).strip() for fact in facts]
    return [text for text in texts if text]
