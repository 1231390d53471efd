"""Second moments of keys: the sums that say what an edit must leave alone.

Keys are rounded to whole multiples of a fixed step and summed in float64, where sums of whole
numbers are exact. So turns can be added and taken out again in any order with the same bits left.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.editing.turns import Turn
from tools.models.lab import Lab

PARTS = ("last", "answer", "talk", "refusal", "any")
"""`last`: the last prompt token of facts; `answer`: inside their answers; `talk`: turns about
nobody; `refusal`: answers of not knowing; `any`: every third token of everything."""

FINENESS = 2**15
"""Steps up to the largest key seen."""
CHUNK = 512
"""Turns captured at a time."""

Doubles = NDArray[np.float64]
Done = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Moments:
    """For each part the sum of k k^T over its keys, in squared steps, and how many keys it has."""

    sums: dict[str, Doubles]
    counts: dict[str, int]
    step: float

    def __add__(self, other: "Moments") -> "Moments":
        """Exact, hence in any order."""
        return self._with(other, 1)

    def __sub__(self, other: "Moments") -> "Moments":
        """Exact: takes out what was added."""
        return self._with(other, -1)

    def _with(self, other: "Moments", sign: int) -> "Moments":
        assert self.step == other.step
        return Moments(
            {part: self.sums[part] + sign * other.sums[part] for part in PARTS},
            {part: self.counts[part] + sign * other.counts[part] for part in PARTS}, self.step,
        )

    def mean(self, part: str) -> Doubles:
        """The mean of k k^T over a part, zero where it has no keys."""
        scale = self.step**2 / max(1, self.counts[part])
        return self.sums[part] * scale


def empty(width: int, step: float) -> Moments:
    """No keys yet."""
    sums = {part: np.zeros((width, width)) for part in PARTS}
    return Moments(sums, dict.fromkeys(PARTS, 0), step)


def key_step(lab: Lab, layer: int, turns: Sequence[Turn]) -> float:
    """The step for a model's keys: a power of two, so that scaling by it is exact."""
    rows = [lab.prompt(turn.question, turn.answer) for turn in turns[:64]]
    keys = lab.capture(rows, [range(len(row)) for row in rows], layer, outputs=False).keys
    return float(2.0 ** np.ceil(np.log2(float(np.abs(keys).max()) / FINENESS)))


def moments(
    lab: Lab, layer: int, turns: Sequence[Turn], step: float, *,
    exact: bool = True, done: Done | None = None,
) -> Moments:
    """Sums over all positions of all turns. Without `exact` they are summed in float32, faster, and
    rounded to float32 once: good for a total that is never summed in another way."""
    total = empty(lab.host.info.feed_forward, step)
    for start, part, keys in _tagged_keys(lab, layer, turns):
        whole = np.rint(keys / step)
        rows = whole.astype(np.float64) if exact else whole
        total.sums[part] += np.rint((rows.T @ rows).astype(np.float64))
        total.counts[part] += len(keys)
        if done:
            done(start, len(turns))
    if exact:
        return total
    rounded = {part: total.sums[part].astype(np.float32).astype(np.float64) for part in PARTS}
    return Moments(rounded, total.counts, step)


def _tagged_keys(
    lab: Lab, layer: int, turns: Sequence[Turn]
) -> Iterator[tuple[int, str, NDArray[np.float32]]]:
    for start in range(0, len(turns), CHUNK):
        some = turns[start:start + CHUNK]
        asked = [lab.prompt(turn.question) for turn in some]
        rows = [p + lab.tokens(turn.answer) for p, turn in zip(asked, some, strict=True)]
        keys = lab.capture(rows, [range(len(row)) for row in rows], layer, outputs=False).keys
        tags = np.concatenate([
            _tags(turn, len(p), len(row)) for turn, p, row in zip(some, asked, rows, strict=True)
        ])
        every_third = np.concatenate([np.arange(len(row)) % 3 == 0 for row in rows])
        yield start + len(some), "any", keys[every_third]
        for part in PARTS[:-1]:
            if (tags == part).any():
                yield start + len(some), part, keys[tags == part]


def _tags(turn: Turn, prompt: int, length: int) -> NDArray[np.str_]:
    """The part that each position of a turn belongs to, "" for none."""
    tags = np.full(length, "", dtype="<U8")
    if turn.kind == "fact":
        tags[prompt - 1] = "last"
        tags[prompt + 1:] = "answer"
    elif turn.kind == "talk":
        tags[3:] = "talk"
    else:
        tags[prompt - 1:] = "refusal"
    return tags
