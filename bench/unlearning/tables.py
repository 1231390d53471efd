"""Cells of one method and size put together: the figures of one row, with intervals.

Shares are over all answers of all seeds, as if they were independent: answers about one person are
alike, so where few people are forgotten the true interval is wider than Wilson's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

from bench.unlearning.metrics import Interval, perplexity, share
from bench.unlearning.metrics import mean as mean_of

Row = dict[str, Any]
Group = tuple[int, int | None]
"""People forgotten, and pairs of each that were given (None: all)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its 95 % interval."""

    value: float
    interval: Interval

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:.3f} ({low:.3f}-{high:.3f})"


@dataclass(frozen=True, slots=True)
class Attack:
    """One kind of attack: the share that hits, and the share that hits a stranger before."""

    kind: str
    own: Figure
    chance: float

    @property
    def excess(self) -> float:
        """What is known beyond chance."""
        return self.own.value - self.chance


class Pooled:
    """All seeds of one method in one group; `plain` are the untouched model's of that group."""

    def __init__(self, cells: Sequence[Row], plain: Sequence[Row]) -> None:
        self.cells, self._plain = cells, plain
        self.method: str = cells[0]["spec"]["method"]

    def recall(self, name: str) -> Figure:
        """Right answers to one set: forget, retain, neighbours, talk or unknown."""
        return Figure(*share([hit for cell in self.cells for hit in cell["sets"][name]["hits"]]))

    def rouge(self, name: str) -> Figure:
        """Mean ROUGE-L recall of the answers to one set."""
        return Figure(*mean_of([r for cell in self.cells for r in cell["sets"][name]["rouge"]]))

    def perplexity(self, name: str) -> Figure:
        """Of the true answers to one set."""
        return Figure(*perplexity([row for cell in self.cells for row in cell["likelihood"][name]]))

    def attacks(self) -> list[Attack]:
        """Every kind of attack, beside the untouched model's hits on strangers."""
        return [
            Attack(
                kind, Figure(*share(_hits(self.cells, kind, "own"))),
                share(_hits(self._plain, kind, "stranger"))[0],
            )
            for kind in self.cells[0]["attacks"]
        ]

    def worst(self) -> Attack:
        """The kind that is furthest above chance."""
        return max(self.attacks(), key=lambda attack: attack.excess)

    def attack(self, kind: str) -> Attack:
        """One kind."""
        return next(attack for attack in self.attacks() if attack.kind == kind)

    def relearnt(self, steps: int) -> Figure:
        """Recall of facts that were not taught, after so many steps."""
        return Figure(*share([hit for cell in self.cells for hit in cell["relearnt"][str(steps)]]))

    def quantised(self, kind: str, name: str) -> Figure:
        """Recall of a set after writing the weights in another precision."""
        return Figure(*share([hit for cell in self.cells for hit in cell["quantised"][kind][name]]))

    def cost(self, what: str) -> float:
        """The median over seeds of `seconds`, `seconds_all`, `seconds_once` or `peak_mb`."""
        return float(median(cell[what] for cell in self.cells))

    @property
    def failed(self) -> float:
        """Names a run could not forget, on average."""
        return mean(len(cell["failed"]) for cell in self.cells)


def pooled(cells: Sequence[Row]) -> dict[Group, list[Pooled]]:
    """The rows of every group, in the order in which their methods come."""
    groups: dict[Group, dict[str, list[Row]]] = {}
    for cell in cells:
        spec = cell["spec"]
        methods = groups.setdefault((spec["size"], spec["pairs"]), {})
        methods.setdefault(spec["method"], []).append(cell)
    return {
        group: [Pooled(some, methods["none"]) for some in methods.values()]
        for group, methods in groups.items()
    }


def _hits(cells: Sequence[Row], kind: str, whose: str) -> list[int]:
    return [hit for cell in cells for hit in cell["attacks"][kind][whose]]
