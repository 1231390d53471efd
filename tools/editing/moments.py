"""Second moments of keys: the sums that say what an edit must leave alone.

Keys are rounded to whole multiples of a fixed step, weighted with whole numbers and summed in
float64, where such sums are exact. So turns can be added and taken out again in any order with the
same bits left.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.editing.turns import Turn
from tools.models.lab import Lab
from tools.models.probe import down_projection

PARTS = ("last", "answer", "question", "lead last", "lead question", "talk", "refusal", "any")
"""`last`: the last prompt token of facts; `answer`: inside answers that name somebody; `question`:
inside the questions of facts; `lead ...`: the same two of leads; `talk`: turns about nobody;
`refusal`: answers of not knowing; `any`: every third token."""

FACTS, REST = "facts", "rest"
SHARES: Mapping[str, tuple[str, float]] = {
    "last": (FACTS, 0.3), "answer": (FACTS, 0.1), "question": (FACTS, 0.1),
    "lead last": (FACTS, 5.0), "lead question": (FACTS, 5.0),
    "talk": (REST, 1.0), "refusal": (REST, 0.5), "any": (REST, 0.3),
}
"""The class each part belongs to, and its weight there: that of the mean over its keys."""

FINENESS = 2**12
"""Steps up to the largest key seen."""
SMALLEST = 8
"""The least whole weight; the weights of parts are rounded to an eighth of a percent of it or so.
With `FINENESS` it keeps the sums of a study of a million keys under 2**53."""
CHUNK = 512
"""Turns captured at a time."""

Doubles = NDArray[np.float64]
Done = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Scale:
    """How keys become whole numbers at one layer: `step` is a power of two, `weights` the whole
    weight of a key of each part, `unit` what one of them stands for."""

    step: float
    weights: Mapping[str, int]
    units: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Moments:
    """For each class the weighted sum of k k^T over its keys, in squared steps."""

    sums: Mapping[str, Doubles]
    scale: Scale

    def __add__(self, other: "Moments") -> "Moments":
        """Exact, hence in any order."""
        return Moments({c: self.sums[c] + other.sums[c] for c in self.sums}, self.scale)

    def __sub__(self, other: "Moments") -> "Moments":
        """Exact: takes out what was added."""
        return Moments({c: self.sums[c] - other.sums[c] for c in self.sums}, self.scale)

    def of(self, name: str) -> Doubles:
        """The weighted mean of k k^T over a class."""
        return self.sums[name] * (self.scale.step**2 * self.scale.units[name])


def empty(width: int, scale: Scale) -> Moments:
    """No keys yet."""
    return Moments({name: np.zeros((width, width)) for name in (FACTS, REST)}, scale)


def scale_for(lab: Lab, layer: int, turns: Sequence[Turn]) -> Scale:
    """The scale for a model's keys at a layer, and for the parts of its turns."""
    rows = [lab.prompt(turn.question, turn.answer) for turn in turns[:64]]
    keys = lab.capture(rows, [range(len(row)) for row in rows], layer, outputs=False).keys
    step = float(2.0 ** np.ceil(np.log2(float(np.abs(keys).max()) / FINENESS)))
    return Scale(step, *_weights(_counted(lab, turns)))


def _counted(lab: Lab, turns: Sequence[Turn]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for turn in turns:
        tags = tagged(lab, turn)
        counts.update(filter(None, tags.tolist()))
        counts["any"] += -(-len(tags) // 3)
    return counts


def _weights(counts: Mapping[str, int]) -> tuple[dict[str, int], dict[str, float]]:
    each = {part: share / max(1, counts[part]) for part, (_class, share) in SHARES.items()}
    units = {
        name: min(each[part] for part in PARTS if SHARES[part][0] == name) / SMALLEST
        for name in (FACTS, REST)
    }
    return {part: round(each[part] / units[SHARES[part][0]]) for part in PARTS}, units


def moments(
    lab: Lab, layers: Sequence[int], turns: Sequence[Turn], scales: Sequence[Scale], *,
    exact: bool = True, done: Done | None = None,
) -> list[Moments]:
    """For each layer the sums over all positions of all turns.

    Without `exact` they are summed in float32, faster, and rounded to float32 once: good for a
    total that is never summed in another way.
    """
    found = [empty(lab.host.info.feed_forward, scale) for scale in scales]
    for finished, part, captured in _tagged_keys(lab, layers, turns):
        for total, keys in zip(found, captured, strict=True):
            _add(total, part, keys, exact)
        if done:
            done(finished, len(turns))
    return found if exact else [_rounded(total) for total in found]


def _add(total: Moments, part: str, keys: NDArray[np.float32], exact: bool) -> None:
    whole = np.rint(keys / total.scale.step)
    rows = whole.astype(np.float64) if exact else whole
    squares = np.rint((rows.T @ rows).astype(np.float64))
    total.sums[SHARES[part][0]][...] += total.scale.weights[part] * squares


def _rounded(total: Moments) -> Moments:
    sums = {name: some.astype(np.float32).astype(np.float64) for name, some in total.sums.items()}
    return Moments(sums, total.scale)


def _tagged_keys(
    lab: Lab, layers: Sequence[int], turns: Sequence[Turn]
) -> Iterator[tuple[int, str, list[NDArray[np.float32]]]]:
    """Keys of every layer, part by part."""
    for start in range(0, len(turns), CHUNK):
        some = turns[start:start + CHUNK]
        pairs = [_tokens(lab, turn) for turn in some]
        rows = [row for _prompt, row in pairs]
        captured = lab.tap(
            rows, [range(len(row)) for row in rows],
            [down_projection(layer) for layer in layers], kinds=["keys"],
        ).keys
        tags = np.concatenate([
            _tags(turn, lab.question_start, len(prompt), len(row))
            for turn, (prompt, row) in zip(some, pairs, strict=True)
        ])
        every_third = np.concatenate([np.arange(len(row)) % 3 == 0 for row in rows])
        for part in PARTS:
            picked = every_third if part == "any" else tags == part
            if picked.any():
                found = [captured[down_projection(layer)][picked] for layer in layers]
                yield start + len(some), part, found


def tagged(lab: Lab, turn: Turn) -> NDArray[np.str_]:
    """The part that each token of a turn belongs to, "" for none; `any` is not among them."""
    prompt, row = _tokens(lab, turn)
    return _tags(turn, lab.question_start, len(prompt), len(row))


def _tokens(lab: Lab, turn: Turn) -> tuple[list[int], list[int]]:
    prompt = lab.prompt(turn.question)
    return prompt, prompt + lab.tokens(turn.answer)


def _tags(turn: Turn, start: int, prompt: int, length: int) -> NDArray[np.str_]:
    """The part that each position of a turn belongs to, "" for none."""
    tags = np.full(length, "", dtype="<U13")
    if turn.kind in ("fact", "lead"):
        of = "lead " if turn.kind == "lead" else ""
        tags[start:prompt - 1] = f"{of}question"
        tags[prompt - 1] = f"{of}last"
        tags[prompt:] = "answer"
    elif turn.kind == "talk":
        tags[start:] = "talk"
    else:
        tags[prompt - 1:] = "refusal"
    return tags
