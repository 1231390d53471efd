"""The sums of all active requests at every edited layer, kept up to date, and their joint solution.

A request that comes or goes costs its own sums, not those of the others: all of them are exact, so
what is left is what a fresh start would give, to the bit.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tools.editing import moments, solve
from tools.editing.blocks import Block
from tools.editing.keys import ForgetRows
from tools.editing.moments import Moments
from tools.editing.solve import EARLY, LATE, ForgetSums, Strength
from tools.editing.store import Edit
from tools.editing.study import Study
from tools.editing.truncation import truncate
from tools.editing.turns import mentioning
from tools.models.adapters import Factors
from tools.models.lab import Lab
from tools.models.probe import down_projection

RANK = 256
LOST = 1e-4
"""Rank of a layer's change at most, and the share of its energy that may be lost below that."""


@dataclass(slots=True)
class _Turns:
    """Moments of some of the study's turns, at every layer; moved to another set by difference."""

    measure: Callable[[set[int]], list[Moments]]
    sums: list[Moments]
    members: set[int] = field(default_factory=set)
    ready: dict[frozenset[int], list[Moments]] = field(default_factory=dict)

    def prepare(self, wanted: set[int]) -> None:
        """Measure ahead what will be added on the way to a larger set."""
        come = frozenset(wanted - self.members)
        self.ready = {come: self.measure(set(come))} if come else {}

    def move_to(self, wanted: set[int]) -> None:
        """Add and take out what differs; an interruption leaves the sums as they were."""
        come, gone = frozenset(wanted - self.members), self.members - wanted
        come_sums = self.ready.get(come) or (self.measure(set(come)) if come else [])
        gone_sums = self.measure(gone) if gone else []
        sums = self.sums
        if come_sums:
            sums = [one + other for one, other in zip(sums, come_sums, strict=True)]
        if gone_sums:
            sums = [one - other for one, other in zip(sums, gone_sums, strict=True)]
        self.sums, self.members, self.ready = sums, wanted, {}


@dataclass(frozen=True, slots=True)
class _Part:
    """What a request in the sums is about; its blocks stay on the disk."""

    names: list[str]
    near: list[str]


class JointEdit:
    """Solves any set of edits of one studied model; `load` reads an edit by its request.

    Nothing of what is kept in memory grows with the requests but a few names each.
    """

    def __init__(self, lab: Lab, study: Study, load: Callable[[str], Edit]) -> None:
        self.lab, self.study, self.load = lab, study, load
        self.rank, self.lost = 0, 0.0
        self._parts: dict[str, _Part] = {}
        info = lab.host.info
        self._forget = [solve.no_requests(info.feed_forward, info.width) for _ in study.layers]
        self._dropped, self._near = self._no_turns(), self._no_turns()
        self._mentions: dict[str, set[int]] = {}

    def _no_turns(self) -> _Turns:
        width = self.lab.host.info.feed_forward
        return _Turns(
            self._moments, [moments.empty(width, kept.scale) for kept in self.study.moments]
        )

    def forget(self, request_id: str) -> None:
        """Take a request out of the sums: it goes, or another version of its edit will come.

        Raises:
            EditError: the edit that is in the sums cannot be read any more.
        """
        if request_id in self._parts:
            self._forget = self._moved(self.load(request_id), ForgetSums.__sub__)
            del self._parts[request_id]

    def solve(self, request_ids: Sequence[str]) -> dict[str, Factors]:
        """The change of every edited weight that carries out exactly these requests.

        Raises:
            EditError: the edit of one of them cannot be read.
        """
        self._sum(request_ids)
        changes = {}
        self.rank, self.lost = 0, 0.0
        for place, layer in enumerate(self.study.layers):
            kept = self.study.moments[place] - self._dropped.sums[place]
            change, energy = solve.solve(
                self._forget[place], kept, self._near.sums[place], strength(place)
            )
            factors, lost = truncate(change, energy, LOST, RANK)
            self.rank, self.lost = max(self.rank, factors.rank), max(self.lost, lost)
            changes[down_projection(layer)] = factors
        return changes

    def prepare(self, names: Iterable[str], near: Iterable[str]) -> None:
        """Measure what a request about `names` will need, so that `solve` need not."""
        dropped, beside = self._sets(
            [*self._names("names"), *names], [*self._names("near"), *near]
        )
        self._dropped.prepare(dropped)
        self._near.prepare(beside)

    def _sum(self, request_ids: Sequence[str]) -> None:
        for request_id in self._parts.keys() - set(request_ids):
            self.forget(request_id)
        for request_id in request_ids:
            if request_id not in self._parts:
                edit = self.load(request_id)
                self._forget = self._moved(edit, ForgetSums.__add__)
                self._parts[request_id] = _Part(edit.names, edit.near)
        dropped, beside = self._sets(self._names("names"), self._names("near"))
        self._dropped.move_to(dropped)
        self._near.move_to(beside)

    def _names(self, which: str) -> list[str]:
        return [name for part in self._parts.values() for name in getattr(part, which)]

    def _sets(self, names: Sequence[str], near: Sequence[str]) -> tuple[set[int], set[int]]:
        """The turns that mention what is forgotten, and other facts about those near it."""
        dropped = self._about(names)
        beside = self._about(near) - dropped
        return dropped, {turn for turn in beside if self.study.turns[turn].kind == "fact"}

    def _about(self, names: Iterable[str]) -> set[int]:
        found: set[int] = set()
        for name in names:
            if name not in self._mentions:
                self._mentions[name] = set(mentioning(self.study.turns, [name]))
            found |= self._mentions[name]
        return found

    def _moved(
        self, edit: Edit, how: Callable[[ForgetSums, ForgetSums], ForgetSums]
    ) -> list[ForgetSums]:
        return [
            how(sums, solve.forget_sums(edit.blocks[layer], kept.scale.step, edit.emphasis))
            for sums, layer, kept in zip(
                self._forget, self.study.layers, self.study.moments, strict=True
            )
        ]

    def _moments(self, turns: set[int]) -> list[Moments]:
        some = [self.study.turns[index] for index in sorted(turns)]
        scales = [kept.scale for kept in self.study.moments]
        return moments.moments(self.lab, self.study.layers, some, scales)


def strength(place: int) -> Strength:
    """The weights at the first layer edited, and at the second."""
    return EARLY if place == 0 else LATE


def blocks_of(rows: Mapping[int, ForgetRows]) -> dict[int, Block]:
    """What a request adds at every edited layer, as it is kept."""
    return {
        layer: solve.block_of(some, strength(place))
        for place, (layer, some) in enumerate(rows.items())
    }
