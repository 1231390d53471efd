"""Outcomes put together: shares with intervals, and the worst case by name.

Intervals are Wilson's, as if all answers were independent: answers about one person are alike, so
the true ones are wider.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.surgeon.work import Row
from tools.probing.score import wilson


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Hits of the same questions before and after, and what each is counted under."""

    subjects: tuple[str, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]

    @classmethod
    def of(cls, *rows: Row) -> "Outcomes":
        """The outcomes of one row, or of several put together."""
        return cls(*(
            tuple(value for row in rows for value in row[name])
            for name in ("subjects", "before", "after")
        ))

    @property
    def asked(self) -> int:
        """How many questions there are."""
        return len(self.subjects)

    @property
    def rate(self) -> float:
        """The share of hits after; nan where nothing was asked."""
        return share(sum(self.after), self.asked)

    @property
    def rate_before(self) -> float:
        """The share of hits before."""
        return share(sum(self.before), self.asked)

    @property
    def ratio(self) -> float:
        """After / before; nan where nothing hit before."""
        return share(sum(self.after), sum(self.before))

    @property
    def lost(self) -> int:
        """Questions that hit before and no more."""
        return sum(old > new for old, new in zip(self.before, self.after, strict=True))

    @property
    def gained(self) -> int:
        """Questions that hit only now."""
        return sum(old < new for old, new in zip(self.before, self.after, strict=True))

    def most_told(self) -> str:
        """Whoever has the most hits after, with their number; "nobody" without any."""
        return self._worst(zip(self.subjects, self.after, strict=True))

    def most_lost(self) -> str:
        """Whoever has lost the most hits."""
        lost = (old > new for old, new in zip(self.before, self.after, strict=True))
        return self._worst(zip(self.subjects, map(int, lost), strict=True))

    def _worst(self, counted: Iterable[tuple[str, int]]) -> str:
        totals: dict[str, int] = defaultdict(int)
        for subject, count in counted:
            totals[subject] += count
        if not any(totals.values()):
            return "nobody"
        worst = max(sorted(totals), key=totals.__getitem__)
        return f"{worst}, {totals[worst]} of {self.subjects.count(worst)}"


def share(hits: float, asked: float) -> float:
    """Hits over what was asked; nan of nothing."""
    return hits / asked if asked else math.nan


def shown(hits: Sequence[int]) -> str:
    """A share of hits with its 95 % interval."""
    if not hits:
        return "-"
    low, high = wilson(sum(hits), len(hits))
    return f"{sum(hits) / len(hits):.4f} ({low:.4f}-{high:.4f})"


def verdict(met: bool) -> str:
    """Whether a bar is met, in a word."""
    return "pass" if met else "**MISS**"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
