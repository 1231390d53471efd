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
        """Measure ahead what will be added on the way to a larger set."""
        come = frozenset(wanted - self.members)
        self.ready = {come: self.measure(come)} if come else {}

    def move_to(self, wanted: set[int]) -> None:
        """Add and take out what differs; an interruption leaves the sums as they were."""
        come, gone = frozenset(wanted - self.members), self.members - wanted
        sums = self.sums
        if come:
            sums = sums + (self.ready.get(come) or self.measure(come))
        if gone:
            sums = sums - self.measure(gone)
        self.sums, self.members, self.ready = sums, wanted, {}


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
        if self._ready and self._ready[0] is block and emphasis == 1.0:
            self._forget += self._ready[1]
        else:
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
        kept = self.kept - self._dropped.sums
        change, energy = solve.solve(self._forget, kept, self._near.sums, self.strength)
        return truncate(change, energy, lost, most)

    def _sums(self, block: Block, emphasis: float) -> ForgetSums:
        return solve.forget_sums(block, self.kept.scale.step, emphasis)

    def _measure(self, turns: Collection[int]) -> Moments:
        some = [self.study.turns[index] for index in sorted(turns)]
        return moments.moments(self.lab, [self.layer], some, [self.kept.scale])[0]
