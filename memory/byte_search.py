"""Many texts and vectors looked for in one pass over bytes of any length.

A place is looked at closely only if its first three bytes begin something that is sought; numpy
finds those places, so the time hardly depends on how much is sought (an Aho-Corasick automaton of
the same needles took ten times as long). Bytes come in windows; nothing is read whole.
"""

import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from memory.spellings import spellings

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW = 2**22
"""Bytes looked at together."""
RUN = 8
"""Consecutive numbers by which a vector is known; by chance not even three are alike."""
TOLERANCE = 1e-6
"""Difference of two numbers that rounding explains: an index normalises what it is given."""
_PREFIX = 3
_NUMBER = struct.Struct("<f")
_FLOAT = _NUMBER.size
_BEFORE = (RUN + 1) * _FLOAT
_NEAR = 64


class Readable(Protocol):
    """Bytes to be read on and on; fewer than asked for only at the end."""

    def read(self, size: int, /) -> bytes: ...


class Hit(NamedTuple):
    """One text found: its place in the list of texts, and the form it was in."""

    text: int
    form: str


class _Spelled(NamedTuple):
    """Bytes of a text; `folded` is lowered, `exact` (if any) must be there as it is."""

    hit: Hit
    folded: bytes
    exact: bytes | None

    def at(self, window: bytes, folded: bytes, start: int) -> bool:
        if not folded.startswith(self.folded, start):
            return False
        return self.exact is None or window.startswith(self.exact, start)


class _Number(NamedTuple):
    """One number of a vector, known by its upper three bytes; its fellows stand around it."""

    hit: Hit
    vector: "NDArray[np.float32]"
    numbers: list[float]
    """The vector again, for a first look at single numbers."""
    nth: int

    def at(self, window: bytes, _folded: bytes, start: int) -> bool:
        here = start - 1  # little-endian: the lowest byte, which rounding changes, comes first
        if not (self._like(window, here, 1) or self._like(window, here, -1)):
            return False
        before = min(here // _FLOAT, RUN, self.nth) if here >= 0 else -1
        after = min((len(window) - here) // _FLOAT, RUN, len(self.vector) - self.nth)
        if before < 0 or before + after < RUN:
            return False
        found = np.frombuffer(window, np.float32, before + after, here - before * _FLOAT)
        with np.errstate(invalid="ignore", over="ignore"):
            alike = np.abs(found - self.vector[self.nth - before : self.nth + after])
            return self._begins((alike < TOLERANCE).tolist(), before, found)

    def _like(self, window: bytes, here: int, step: int) -> bool:
        """Whether the number before or after is the vector's too."""
        nth, place = self.nth + step, here + step * _FLOAT
        if not (0 <= nth < len(self.numbers) and 0 <= place <= len(window) - _FLOAT):
            return False
        number: float = _NUMBER.unpack_from(window, place)[0]
        return abs(number - self.numbers[nth]) < TOLERANCE

    def _begins(self, alike: list[bool], before: int, found: "NDArray[np.float32]") -> bool:
        """Whether a run long enough goes through here, and was not met at the number before."""
        if before == RUN and all(alike[:RUN]):
            return _upper(found[0]) not in _upper_bytes(self.vector[self.nth - RUN])
        left = _steps(alike[before - 1 :: -1] if before else [])
        return left + _steps(alike[before:]) >= RUN


class ByteSearch:
    """What is sought, ready to be looked for.

    Args:
        texts: any texts of at least `spellings.SHORTEST` bytes.
        vectors: by form, one vector float32[d] for each text.
    """

    def __init__(
        self, texts: Sequence[str], vectors: "dict[str, NDArray[np.float32]] | None" = None
    ) -> None:
        self._by_prefix: dict[int, list[_Spelled | _Number]] = {}
        self._longest = _BEFORE
        for number, text in enumerate(texts):
            for one in spellings(text):
                self._add_text(Hit(number, one.form), one.data, exact=one.exact)
        for form, rows in (vectors or {}).items():
            for number, row in enumerate(rows):
                self._add_vector(Hit(number, form), np.asarray(row, np.float32))
        self._prefixes = np.array(sorted(self._by_prefix), np.uint32)
        self._begins = np.zeros(2**16, bool)
        self._begins[self._prefixes & 0xFFFF] = True

    def count(self, stream: Readable) -> Counter[Hit]:
        """How often each form of each text begins in a stream, read to its end."""
        counts: Counter[Hit] = Counter()
        size = max(WINDOW, self._longest)
        before, block = b"", stream.read(size)
        while block:
            following = stream.read(size)
            window = before + block + following[: self._longest]
            counts.update(self._hits(window, len(before), len(before) + len(block)))
            before, block = (before + block)[-_BEFORE:], following
        return counts

    def count_in(self, data: bytes) -> Counter[Hit]:
        """The same for bytes at hand."""
        return Counter(self._hits(data, 0, len(data)))

    def _hits(self, window: bytes, start: int, end: int) -> Iterator[Hit]:
        """What begins from `start` to `end`; each form of a text once a place."""
        folded = window.lower()
        for place, prefix in self._candidates(folded, start, end):
            found = {
                one.hit for one in self._by_prefix[prefix] if one.at(window, folded, place)
            }
            yield from found

    def _candidates(self, folded: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
        data = np.frombuffer(folded, np.uint8)
        last = min(end, len(data) - _PREFIX + 1)
        if last <= start:
            return
        pairs = data[start:last] | data[start + 1 : last + 1].astype(np.uint16) << 8
        places = np.flatnonzero(self._begins[pairs])
        prefixes = pairs[places] | data[start + 2 : last + 2][places].astype(np.uint32) << 16
        true = np.isin(prefixes, self._prefixes)
        yield from zip((places[true] + start).tolist(), prefixes[true].tolist(), strict=True)

    def _add_text(self, hit: Hit, data: bytes, *, exact: bool) -> None:
        folded = data.lower()
        self._longest = max(self._longest, len(folded))
        self._add(folded[:_PREFIX], _Spelled(hit, folded, data if exact else None))

    def _add_vector(self, hit: Hit, vector: "NDArray[np.float32]") -> None:
        """Any run of numbers holds one whose index is a multiple of the run's length."""
        numbers: list[float] = vector.tolist()
        for index in range(0, len(vector), RUN):
            one = _Number(hit, vector, numbers, index)
            for upper in _upper_bytes(vector[index]):
                self._add(upper.lower(), one)

    def _add(self, prefix: bytes, one: _Spelled | _Number) -> None:
        self._by_prefix.setdefault(int.from_bytes(prefix, "little"), []).append(one)


def _upper(number: np.float32) -> bytes:
    return int(number.view(np.uint32)).to_bytes(4, "little")[1:]


def _upper_bytes(number: np.float32) -> set[bytes]:
    """The upper three bytes of a number and of those next to it, which may differ by a carry."""
    bits = int(number.view(np.uint32))
    near = (max(bits - _NEAR, 0), bits, min(bits + _NEAR, 2**32 - 1))
    return {each.to_bytes(4, "little")[1:] for each in near}


def _steps(alike: list[bool]) -> int:
    """How many are true before the first that is not."""
    return next((step for step, one in enumerate(alike) if not one), len(alike))
