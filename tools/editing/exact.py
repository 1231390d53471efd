"""The sums of all active requests at one layer, exact in any order, and their joint solution.

A request that comes or goes costs its own sums, not those of the others, and what is left is what a
fresh start would give, to the bit. For layers narrow enough to hold second moments; see `wide`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from tools.editing import moments, solve
from tools.editing.blocks import Block
from tools.editing.moments import Moments
from tools.editing.solve import ForgetSums, Strength
from tools.editing.study import Study
from tools.editing.truncation import truncate
from tools.models.adapters import Factors
from tools.models.lab import Lab


@dataclass(slots=True)
class _Turns:
    """Moments of some of the study's turns; moved to another set of turns by difference."""

    measure: Callable[[Collection[int]], Moments]
    sums: Moments
    members: set[int] = field(default_factory=set)
    ready: dict[frozenset[int], Moments] = field(default_factory=dict)

    def prepare(self, wanted: set[int]) -> None:
        """Measure ahead what will be added, and taken out, on the way to another set."""
        ways = frozenset(wanted - self.members), frozenset(self.members - wanted)
        self.ready = {some: self.measure(some) for some in ways if some}

    def moved_to(self, wanted: set[int]) -> Moments:
        """What the sums would be over another set: what differs added and taken out."""
        come, gone = frozenset(wanted - self.members), frozenset(self.members - wanted)
        sums = self.sums
        if come:
            sums = sums + (self.ready.get(come) or self.measure(come))
        if gone:
            sums = sums - (self.ready.get(gone) or self.measure(gone))
        return sums

    def move_to(self, wanted: set[int]) -> None:
        """Become the sums over another set; an interruption leaves them as they were."""
        if wanted != self.members:
            self.sums, self.members, self.ready = self.moved_to(wanted), wanted, {}


class ExactSums:
    """One layer's sums over the active requests, against its study's moments."""

    def __init__(
        self, lab: Lab, study: Study, layer: int, kept: Moments, strength: Strength
    ) -> None:
        self.lab, self.study, self.layer, self.kept = lab, study, layer, kept
        self.strength = strength
        info = lab.host.info
        self._forget = solve.no_requests(info.feed_forward, info.width)
        self._dropped = _Turns(self._measure, moments.empty(info.feed_forward, kept.scale))
        self._near = _Turns(self._measure, moments.empty(info.feed_forward, kept.scale))
        self._ready: tuple[Block, ForgetSums] | None = None

    def add(self, _request_id: str, block: Block, emphasis: float) -> None:
        """A request comes."""
        self._forget += self._sums(block, emphasis)
        self._ready = None

    def remove(self, _request_id: str, block: Block, emphasis: float) -> None:
        """A request goes; the block is the one that came."""
        self._forget -= self._sums(block, emphasis)

    def prepare(self, block: Block, dropped: set[int], near: set[int]) -> None:
        """Sum ahead a request that may come, and what `keep` will then need for these turns."""
        self._ready = block, self._sums(block, 1.0)
        self._dropped.prepare(dropped)
        self._near.prepare(near)

    def keep(self, dropped: set[int], near: set[int]) -> None:
        """Keep all turns but the `dropped` ones, and those `near` all the more."""
        self._dropped.move_to(dropped)
        self._near.move_to(near)

    def solve(self, lost: float, most: int) -> tuple[Factors, float]:
        """The layer's change, in as many ranks as leave out the share `lost`, at most `most`; and
        the share left out."""
        return self._solved(self._forget, self._dropped.sums, self._near.sums, lost, most)

    def foresee(
        self, block: Block, dropped: set[int], near: set[int], lost: float, most: int
    ) -> tuple[Factors, float]:
        """What `solve` would give with one request more and these turns; nothing is added."""
        forget = self._forget + self._sums(block, 1.0)
        dropped_sums, near_sums = self._dropped.moved_to(dropped), self._near.moved_to(near)
        return self._solved(forget, dropped_sums, near_sums, lost, most)

    def _solved(
        self, forget: ForgetSums, dropped: Moments, near: Moments, lost: float, most: int
    ) -> tuple[Factors, float]:
        change, energy = solve.solve(forget, self.kept - dropped, near, self.strength)
        return truncate(change, energy, lost, most)

    def _sums(self, block: Block, emphasis: float) -> ForgetSums:
        if self._ready and self._ready[0] is block and emphasis == 1.0:
            return self._ready[1]
        return solve.forget_sums(block, self.kept.scale.step, emphasis)

    def _measure(self, turns: Collection[int]) -> Moments:
        some = [self.study.turns[index] for index in sorted(turns)]
        return moments.moments(self.lab, [self.layer], some, [self.kept.scale])[0]
