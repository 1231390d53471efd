"""Nearness in meaning between a text and what the targets are described by.

Catches the description without the name ("the baker from Oslo who wrote ..."). Vectors come from
any embedder; this module only keeps and compares them.
"""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""Unit vectors, one a row."""

_EXACT_ROWS = 512
"""Rows up to which every one is compared: sketches would save nothing."""
_SKETCHED_FLOOR = 0.8
"""Cosine under which sketches tell near and far apart too badly to help."""

_WORDS, _FIRST_WORDS = 6, 2
"""64-bit words of a sketch, and how many of them are looked at in every row."""
_SLACK = 5.0
"""Standard deviations a sketch may be worse than expected: a few vectors in a million at the very
floor have a worse one, and fewer above it."""
_CHUNK = 65_536
"""Rows compared at a time: what is computed on the way stays in the processor's cache."""


class Embedder(Protocol):
    """Turns texts into unit vectors, one row each."""

    def embed(self, texts: Sequence[str]) -> Vectors: ...


def unit_rows(vectors: npt.ArrayLike) -> Vectors:
    """Return `vectors` as a float32 matrix with rows of length one; zero rows stay zero.

    Rows that have that length already are returned as they are, not copied.
    """
    rows: Vectors = np.atleast_2d(np.asarray(vectors, dtype=np.float32))
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    if np.all(np.abs(norms - 1) < 1e-6):
        return rows
    units: Vectors = np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
    return units


class Sketches:
    """Rows of bits, one a vector: on which side of random planes it lies.

    Two vectors at an angle differ in a share of bits that is the angle's share of a half turn. A
    row that differs in many more than the floor allows cannot be near; what is left is few, and is
    compared exactly by the caller. Memory: 48 bytes a vector.

    Sketches are drawn when they are first looked at, all that are new at once: one by one, a
    thousand targets took half a minute beside another busy program.
    """

    def __init__(self) -> None:
        self._bits = np.zeros((_WORDS, 0), np.uint64)
        self._planes: Vectors | None = None
        self._size = 0
        self._free: list[int] = []
        self._new: list[tuple[list[int], Vectors]] = []

    def __len__(self) -> int:
        return self._size

    def add(self, vectors: Vectors) -> list[int]:
        """Keep the sketches of `vectors` and return the number of each, reusing dropped ones."""
        fresh = max(0, len(vectors) - len(self._free))
        numbers = [self._free.pop() for _ in range(len(vectors) - fresh)]
        numbers += range(self._size, self._size + fresh)
        self._size += fresh
        if self._size > self._bits.shape[1]:
            wider = np.zeros((_WORDS, max(1_024, 2 * self._size)), np.uint64)
            wider[:, : self._bits.shape[1]] = self._bits
            self._bits = wider
        self._new.append((numbers, vectors))
        return numbers

    def drop(self, numbers: Sequence[int]) -> None:
        """Let `numbers` be used again; until then they may still be found."""
        self._draw()
        self._bits[:, list(numbers)] = 0
        self._free += numbers

    def near(self, vector: Vectors, floor: float) -> list[int]:
        """Return the numbers of all rows whose cosine with `vector` may reach `floor`."""
        self._draw()
        sketch = self._sketch(vector)[0]
        found: list[int] = []
        for start in range(0, self._size, _CHUNK):
            chunk = self._bits[:, start : min(start + _CHUNK, self._size)]
            found += (start + _near(chunk, sketch, floor)).tolist()
        return found

    def _draw(self) -> None:
        if self._new:
            numbers = [number for batch, _ in self._new for number in batch]
            self._bits[:, numbers] = self._sketch(np.vstack([rows for _, rows in self._new])).T
            self._new.clear()

    def _sketch(self, vectors: Vectors) -> npt.NDArray[np.uint64]:
        width = vectors.shape[1]
        if self._planes is None:
            normals = np.random.default_rng(0).standard_normal((width, 64 * _WORDS))
            self._planes = normals.astype(np.float32)
        return np.packbits(vectors @ self._planes > 0, axis=1).view(np.uint64)


def _near(
    bits: npt.NDArray[np.uint64], sketch: npt.NDArray[np.uint64], floor: float
) -> npt.NDArray[np.intp]:
    """Return the columns of `bits` that are near `sketch`, the first words deciding for most."""
    distance: npt.NDArray[np.uint8] = np.bitwise_count(bits[0] ^ sketch[0])
    for row, word in zip(bits[1:_FIRST_WORDS], sketch[1:_FIRST_WORDS], strict=True):
        distance += np.bitwise_count(row ^ word)
    rows = np.flatnonzero(distance <= _differing(64 * _FIRST_WORDS, floor))
    differ = np.bitwise_count(bits[:, rows] ^ sketch[:, None]).sum(0, dtype=np.uint16)
    near: npt.NDArray[np.intp] = rows[differ <= _differing(64 * _WORDS, floor)]
    return near


def _differing(bits: int, floor: float) -> int:
    """Return how many of `bits` may differ between vectors whose cosine is `floor`."""
    share = math.acos(min(1.0, floor)) / math.pi
    return math.floor(bits * share + _SLACK * math.sqrt(bits * share * (1 - share)))


class VectorIndex:
    """Vectors by request, searched by cosine.

    Scores are always exact. Which requests are scored is exact in a small store and under a low
    floor; otherwise sketches decide, which miss a few in a million of those at the very floor.
    """

    def __init__(self) -> None:
        self._rows: dict[str, Vectors] = {}
        self._numbers: dict[str, list[int]] = {}
        self._owners: list[str | None] = []
        self._sketches = Sketches()

    def __bool__(self) -> bool:
        return bool(self._rows)

    def add(self, request_id: str, vectors: npt.ArrayLike) -> None:
        """Keep the rows of `vectors` for `request_id`, in place of others; none at all is fine.

        Unit rows in float32 are not copied: they must not be changed afterwards.
        """
        self.remove(request_id)
        rows = np.asarray(vectors, dtype=np.float32)
        if not rows.size:
            return
        self._rows[request_id] = unit_rows(rows)
        numbers = self._sketches.add(self._rows[request_id])
        self._numbers[request_id] = numbers
        self._owners += [None] * (len(self._sketches) - len(self._owners))
        for number in numbers:
            self._owners[number] = request_id

    def remove(self, request_id: str) -> None:
        """Drop what is kept for `request_id`, if anything."""
        if self._rows.pop(request_id, None) is None:
            return
        numbers = self._numbers.pop(request_id)
        self._sketches.drop(numbers)
        for number in numbers:
            self._owners[number] = None

    def near(self, vector: npt.ArrayLike, floor: float = -1.0) -> dict[str, float]:
        """Return the best cosine with `vector` of each request that reaches `floor`."""
        scores = self.scores(vector, self.likely(vector, floor))
        return {request_id: score for request_id, score in scores.items() if score >= floor}

    def likely(self, vector: npt.ArrayLike, floor: float) -> set[str]:
        """Return the requests that may reach `floor`, and some that do not."""
        if len(self._sketches) <= _EXACT_ROWS or floor < _SKETCHED_FLOOR:
            return set(self._rows)
        near = self._sketches.near(unit_rows(vector), floor)
        return {owner for number in near if (owner := self._owners[number]) is not None}

    def scores(self, vector: npt.ArrayLike, requests: Iterable[str]) -> dict[str, float]:
        """Return the best cosine with `vector` of each of `requests` that has vectors."""
        unit = unit_rows(vector)[0]
        return {
            request_id: float((rows @ unit).max())
            for request_id in requests
            if (rows := self._rows.get(request_id)) is not None
        }


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
