"""All active requests of one studied model at every edited layer, and their joint change."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tools.editing import solve
from tools.editing.blocks import Block
from tools.editing.exact import ExactSums
from tools.editing.keys import ForgetRows
from tools.editing.moments import Moments
from tools.editing.solve import EARLY, LATE, Strength
from tools.editing.store import Edit
from tools.editing.study import Study
from tools.editing.turns import mentioning
from tools.editing.wide import WideSums
from tools.models.adapters import Factors
from tools.models.lab import Lab
from tools.models.probe import down_projection

RANK = 64
LOST = 1e-4
"""Rank of a layer's change at most, and the share of its energy that may be lost below that. On the
shipped patient more ranks forget hardly better: what comes last is mostly noise."""


class Sums(Protocol):
    """One layer's active requests; see `exact` and `wide`."""

    def add(self, request_id: str, block: Block, emphasis: float) -> None: ...

    def remove(self, request_id: str, block: Block, emphasis: float) -> None: ...

    def prepare(self, block: Block, dropped: set[int], near: set[int]) -> None: ...

    def keep(self, dropped: set[int], near: set[int]) -> None: ...

    def solve(self, lost: float, most: int) -> tuple[Factors, float]: ...

    def foresee(
        self, block: Block, dropped: set[int], near: set[int], lost: float, most: int
    ) -> tuple[Factors, float]: ...


@dataclass(frozen=True, slots=True)
class _Part:
    """What a request in the sums is about; its blocks stay on the disk."""

    names: list[str]
    near: list[str]


class JointEdit:
    """Solves any set of edits of one studied model; `load` reads an edit by its request."""

    def __init__(self, lab: Lab, study: Study, load: Callable[[str], Edit]) -> None:
        self.lab, self.study, self.load = lab, study, load
        self.rank, self.lost = 0, 0.0
        self._parts: dict[str, _Part] = {}
        self._mentions: dict[str, set[int]] = {}
        self._sums = {layer: self._sums_at(place) for place, layer in enumerate(study.layers)}

    def _sums_at(self, place: int) -> Sums:
        kept, layer = self.study.kept[place], self.study.layers[place]
        if isinstance(kept, Moments):
            return ExactSums(self.lab, self.study, layer, kept, strength(place))
        return WideSums(kept, self.lab.host.info.width, strength(place))

    def add(self, edit: Edit) -> None:
        """Take a request into the sums, unless it is in them."""
        if edit.request_id not in self._parts:
            for layer, sums in self._sums.items():
                sums.add(edit.request_id, edit.blocks[layer], edit.emphasis)
            self._parts[edit.request_id] = _Part(edit.names, edit.near)

    def forget(self, request_id: str) -> None:
        """Take a request out of the sums: it goes, or another version of its edit will come.

        Raises:
            EditError: the edit that is in the sums cannot be read any more.
        """
        if request_id in self._parts:
            edit = self.load(request_id)
            for layer, sums in self._sums.items():
                sums.remove(request_id, edit.blocks[layer], edit.emphasis)
            del self._parts[request_id]

    def solve(self, request_ids: Sequence[str]) -> dict[str, Factors]:
        """The change of every edited weight that carries out exactly these requests.

        Raises:
            EditError: the edit of one of them cannot be read.
        """
        self.hold(request_ids)
        changes = {}
        self.rank, self.lost = 0, 0.0
        for layer, sums in self._sums.items():
            factors, lost = sums.solve(LOST, RANK)
            self.rank, self.lost = max(self.rank, factors.rank), max(self.lost, lost)
            changes[down_projection(layer)] = factors
        return changes

    def prepare(
        self, blocks: Mapping[int, Block], names: Iterable[str], near: Iterable[str]
    ) -> None:
        """Compute what a request about `names` will need, so that `solve` need not."""
        wanted = self._sets_with(names, near)
        for layer, sums in self._sums.items():
            sums.prepare(blocks[layer], *wanted)

    def foresee(self, edit: Edit) -> dict[str, Factors]:
        """What `solve` would give for the requests in the sums and this one; it does not stay."""
        wanted = self._sets_with(edit.names, edit.near)
        return {
            down_projection(layer): sums.foresee(edit.blocks[layer], *wanted, LOST, RANK)[0]
            for layer, sums in self._sums.items()
        }

    def hold(self, request_ids: Sequence[str]) -> None:
        """Have exactly these requests in the sums, and keep the turns that are not about them.

        Raises:
            EditError: the edit of one of them cannot be read.
        """
        for request_id in self._parts.keys() - set(request_ids):
            self.forget(request_id)
        for request_id in request_ids:
            if request_id not in self._parts:
                self.add(self.load(request_id))
        wanted = self._sets(self._names("names"), self._names("near"))
        for sums in self._sums.values():
            sums.keep(*wanted)

    def _names(self, which: str) -> list[str]:
        return [name for part in self._parts.values() for name in getattr(part, which)]

    def _sets_with(
        self, names: Iterable[str], near: Iterable[str]
    ) -> tuple[set[int], set[int]]:
        """The turns of the requests in the sums and of one more."""
        return self._sets([*self._names("names"), *names], [*self._names("near"), *near])

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


def strength(place: int) -> Strength:
    """The weights at the first layer edited, and at the second."""
    return EARLY if place == 0 else LATE


def blocks_of(rows: Mapping[int, ForgetRows]) -> dict[int, Block]:
    """What a request adds at every edited layer, as it is kept."""
    return {
        layer: solve.block_of(some, strength(place))
        for place, (layer, some) in enumerate(rows.items())
    }
