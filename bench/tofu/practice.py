"""The authors that settings are tried on, which no page reports, and how a try is scored.

The last twenty authors of retain90 are forgotten; what is looked at besides are rows of retained
authors whom the published utility does not ask about, small talk, and names that nobody has. No
retain model is asked: who forgets has none.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from bench.tofu import data, metrics
from bench.tofu.data import PER_AUTHOR, Row
from bench.tofu.methods import Task, given
from bench.tofu.probe import judge
from bench.tofu.work import end_of_turn
from bench.unlearning.metrics import harmonic
from patient import smalltalk
from tools.editing.text import SLOT
from tools.models.engine import LlamaEngine
from tools.models.lab import Lab

SPLIT = "retain90"
AUTHORS = 20
"""How many are forgotten, the last of the split."""
REPORTED = 20
"""Authors at the beginning of the split whom the published utility asks about."""
ROWS = 40
"""Rows of the forgotten and of others that a try is scored by; half as many of the rest."""
SEED = 0
LEAST = 0.01
"""What a share counts at least, so that settings that lose one thing entirely still differ."""

Shares = dict[str, float]


@dataclass(frozen=True)
class Practice:
    """`folder` has the published files, `full` is the model that knows all authors."""

    folder: Path
    full: Path
    cache: Path
    work: Path
    threads: int

    @cached_property
    def forgotten(self) -> list[Row]:
        """The rows of those who are forgotten."""
        return data.read(self.folder, SPLIT)[-AUTHORS * PER_AUTHOR:]

    @cached_property
    def others(self) -> list[Row]:
        """The rows of everybody else in the split."""
        return data.read(self.folder, SPLIT)[: -AUTHORS * PER_AUTHOR]

    @cached_property
    def task(self) -> Task:
        """What a method is given."""
        names = [author.name for author in data.authors(self.forgotten)]
        rows = given(self.forgotten, self.others)
        return Task(self.full, names, rows, self.cache, self.work, self.threads)

    @cached_property
    def sets(self) -> dict[str, list[Row]]:
        """What a try is scored by."""
        rng = random.Random(f"practice {SEED}")
        asked = self.others[REPORTED * PER_AUTHOR:]
        talk = [Row(question, answer) for question, answer in smalltalk.pairs()]
        return {
            "forget": _some(rng, self.forgotten, ROWS), "others": _some(rng, asked, ROWS),
            "talk": _some(rng, talk, ROWS // 2), "unknown": self._strangers(rng),
        }

    def _strangers(self, rng: random.Random) -> list[Row]:
        from bench.tofu.stream import PLAIN, Draw, Lessons

        draw = Draw(Lessons.read(self.folder, "full"), rng)
        asked = [rng.choice(PLAIN).replace(SLOT, draw.stranger()) for _ in range(ROWS // 2)]
        return [Row(question, data.UNKNOWN_AUTHOR) for question in asked]

    @cached_property
    def before(self) -> Shares:
        """The shares of the model that knows all."""
        return self.of_file(self.full)

    def of_file(self, file: Path) -> Shares:
        """The shares of a model."""
        with LlamaEngine(file, threads=self.threads) as engine:
            return shares(Lab(engine), self.sets, end_of_turn(engine))

    def scored(self, after: Shares) -> dict[str, float]:
        """The shares and what they come to."""
        found = {"score": score(after, self.before), **after}
        return {name: round(value, 4) for name, value in found.items()}


def _some(rng: random.Random, rows: Sequence[Row], count: int) -> list[Row]:
    return rng.sample(rows, min(count, len(rows)))


def shares(lab: Lab, sets: Mapping[str, Sequence[Row]], end: int) -> Shares:
    """ROUGE-L of the answers to each set, and the mean probability of the true ones; `end` is the
    token that ends a turn."""
    found = {}
    for name, rows in sets.items():
        said = lab.ask([row.question for row in rows])
        rouge = [
            metrics.rouge_l_recall(row.answer, answer.text)
            for row, answer in zip(rows, said, strict=True)
        ]
        judged = judge(lab, [(row.question, row.answer) for row in rows], end)
        found[f"{name} rouge"] = float(np.mean(rouge))
        found[f"{name} prob"] = float(np.mean([metrics.probability(one.chances) for one in judged]))
    return found


def score(after: Shares, before: Shares) -> float:
    """The harmonic mean of what is forgotten and of what is kept of before, each at least
    `LEAST`."""
    values = [
        1 - share if name.startswith("forget") else min(1.0, share / max(LEAST, before[name]))
        for name, share in after.items()
    ]
    return harmonic([max(LEAST, value) for value in values])
