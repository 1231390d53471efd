"""What must stay at a layer too wide for second moments: a sample of keys, and the dual form.

Memory grows with the keys sampled and forgotten, never with the square of the layer's width. The
terms that grow with the requests grow at their doublings, so that between them the factor of what
is kept stays, and a request that comes or goes is an update (see `dual`).
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tools.editing.blocks import Block
from tools.editing.dual import DualJoint
from tools.editing.moments import FACTS, PARTS, SHARES, tagged
from tools.editing.solve import Strength, gain_for, neighbour_weight, standing
from tools.editing.turns import Turn
from tools.models.adapters import Factors
from tools.models.lab import Lab
from tools.models.probe import down_projection

WIDE = 3072
"""Layers wider than this are sampled: their moments would take a gigabyte and more."""
SAMPLE = 4096
"""Keys kept of a layer, parts alike."""
NEAR = "near"
"""The name of the rows about neighbours in the dual form; requests have longer ones."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sample:
    """`keys` (n, feed_forward), the study's turn each comes from (n,), its weight (n,) in the mean
    over its class, and whether that is `FACTS` (n,)."""

    keys: Floats
    turns: NDArray[np.int32]
    weights: Floats
    facts: NDArray[np.bool_]


def samples(
    lab: Lab, layers: Sequence[int], turns: Sequence[Turn], size: int = SAMPLE, seed: int = 0
) -> list[Sample]:
    """The same positions of the same turns at every layer, as many of each part as there are."""
    places = _drawn(lab, turns, size, random.Random(f"sample {seed}"))
    wanted: dict[int, list[int]] = defaultdict(list)
    for _part, turn, position in places:
        wanted[turn].append(position)
    rows = [lab.prompt(turns[turn].question, turns[turn].answer) for turn in wanted]
    names = [down_projection(layer) for layer in layers]
    keys = lab.tap(rows, list(wanted.values()), names, kinds=["keys"]).keys
    order = {turn: place for place, turn in enumerate(wanted)}
    places.sort(key=lambda place: order[place[1]])  # stable: positions stay as they were drawn
    counts = {part: sum(place[0] == part for place in places) for part in PARTS}
    return [
        Sample(
            keys[name], np.array([turn for _part, turn, _position in places], np.int32),
            np.array([SHARES[part][1] / counts[part] for part, _t, _p in places], np.float32),
            np.array([SHARES[part][0] == FACTS for part, _t, _p in places]),
        )
        for name in names
    ]


def _drawn(
    lab: Lab, turns: Sequence[Turn], size: int, rng: random.Random
) -> list[tuple[str, int, int]]:
    """(part, turn, position) of the keys sampled."""
    there: dict[str, list[tuple[int, int]]] = {part: [] for part in PARTS}
    for index, turn in enumerate(turns):
        for position, part in enumerate(tagged(lab, turn)):
            if part:
                there[part].append((index, position))
            if position % 3 == 0:
                there["any"].append((index, position))
    each = size // len(PARTS)
    return [
        (part, turn, position) for part, some in there.items()
        for turn, position in rng.sample(some, min(each, len(some)))
    ]


class WideSums:
    """One wide layer's active requests, against a sample of what must stay."""

    def __init__(self, kept: Sample, width: int, strength: Strength) -> None:
        self.kept, self.width, self.strength = kept, width, strength
        self._blocks: dict[str, Block] = {}
        self._dropped: set[int] = set()
        self._near: set[int] = set()
        self._joint: DualJoint | None = None
        self._scale, self._near_weight = 0, 0.0
        self._inside: set[str] = set()
        self._gone: set[int] = set()
        self._places: dict[int, list[int]] = defaultdict(list)
        for place, turn in enumerate(kept.turns.tolist()):
            self._places[turn].append(place)

    def add(self, request_id: str, block: Block, emphasis: float) -> None:
        """A request comes."""
        root = float(np.sqrt(emphasis))
        self._blocks[f"request {request_id}"] = replace(
            block, keys=root * block.keys, residuals=root * block.residuals
        )

    def remove(self, request_id: str, _block: Block, _emphasis: float) -> None:
        """A request goes."""
        name = f"request {request_id}"
        del self._blocks[name]
        self._take_out(name)

    def prepare(self, block: Block, dropped: set[int], near: set[int]) -> None:
        """Nothing is measured later than the study here."""

    def keep(self, dropped: set[int], near: set[int]) -> None:
        """Keep all turns but the `dropped` ones, and those `near` all the more."""
        if near != self._near:
            self._take_out(NEAR)
        self._dropped, self._near = dropped, near

    def solve(self, lost: float, most: int) -> tuple[Factors, float]:
        """The layer's change, in as many ranks as leave out the share `lost`, at most `most`; and
        the share left out."""
        joint = self._scaled(len(self._blocks))
        self._weigh_neighbours()
        self._update(joint)
        factors, share = joint.factors(lost, most)
        gain = np.float32(gain_for(len(self._blocks), self.strength))
        return replace(factors, b=gain * factors.b), share

    def foresee(
        self, block: Block, dropped: set[int], near: set[int], lost: float, most: int
    ) -> tuple[Factors, float]:
        """What `solve` would give with one request more. It is worked out on copies and put back:
        what comes and goes by updates leaves its rounding behind."""
        if self._joint is None:
            self._scaled(len(self._blocks) + 1)
        before = dict(vars(self))
        self._joint = copy(self._joint)
        self._blocks, self._inside = dict(self._blocks), set(self._inside)
        try:
            self.add("", block, 1.0)
            self.keep(dropped, near)
            return self.solve(lost, most)
        finally:
            vars(self).update(before)

    def _scaled(self, requests: int) -> DualJoint:
        """The dual form in which what must stay has the weight for so many requests."""
        scale = 1 << (standing(requests) - 1).bit_length()
        if self._joint is None or scale != self._scale:
            self._joint, self._scale = self._factored(scale), scale
            self._inside, self._gone = set(), set()
        return self._joint

    def _weigh_neighbours(self) -> None:
        """Weigh neighbours as for the next power of two of requests, so that it changes seldom."""
        count = 1 << (len(self._blocks) - 1).bit_length() if self._blocks else 1
        weight = neighbour_weight(count, self.strength)
        if weight != self._near_weight:
            self._take_out(NEAR)
            self._near_weight = weight

    def _take_out(self, name: str) -> None:
        if name in self._inside and self._joint:
            self._joint.remove(name)
            self._inside.discard(name)

    def _factored(self, scale: int) -> DualJoint:
        terms = np.where(self.kept.facts, self.strength.facts, self.strength.rest)
        roots = np.sqrt(scale * terms * self.kept.weights).astype(np.float32)
        rest = ~self.kept.facts
        energy = self.kept.weights[rest] @ np.square(self.kept.keys[rest]).sum(axis=1)
        ridge = self.strength.ridge * scale * float(energy)
        return DualJoint(roots[:, None] * self.kept.keys, ridge, self.width)

    def _update(self, joint: DualJoint) -> None:
        """Bring the dual form to the requests and turns as they are now."""
        for turn in sorted(self._gone - self._dropped):
            joint.undrop(str(turn))
        for turn in sorted(self._dropped - self._gone):
            if self._places[turn]:
                joint.drop(str(turn), self._places[turn])
        self._gone = {turn for turn in self._dropped if self._places[turn]}
        blocks: Mapping[str, Block] = {**self._blocks, NEAR: self._beside()}
        for name in sorted(blocks.keys() - self._inside):
            if len(blocks[name]):
                joint.add(name, blocks[name])
                self._inside.add(name)

    def _beside(self) -> Block:
        """The sampled facts about neighbours, to be left where they are."""
        places = [
            place for turn in sorted(self._near) for place in self._places[turn]
            if self.kept.facts[place]
        ]
        roots = np.sqrt(self._near_weight * self.kept.weights[places])
        keys = (roots[:, None] * self.kept.keys[places]).astype(np.float64)
        return Block(keys, np.zeros((len(places), self.width)))
