"""The forget set as numbers: keys at the chosen positions and the residual to the strangers' mean.

Each prompt about the subject is captured beside the same prompt about strangers with as many
tokens; the residual is the strangers' mean MLP output minus the subject's own.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.editing.elicit import Saying
from tools.editing.text import VALUE_SLOT, careless, fill
from tools.models.lab import Lab

STRANGERS = 6
"""Strangers each prompt is compared with."""

Floats = NDArray[np.float32]
LAST, ANSWER, REVERSE = GROUPS = range(3)
"""Rows are averaged within their group, so that many rows of one kind do not drown another."""


@dataclass(frozen=True, slots=True)
class ForgetRows:
    """`keys` (n, feed_forward), `residuals` (n, width), `groups` (n,) of `GROUPS`."""

    keys: Floats
    residuals: Floats
    groups: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Case:
    """One sequence about the subject, the same about strangers, the positions that count, and the
    group of each."""

    own: list[int]
    others: list[list[int]]
    positions: list[int]
    groups: list[int]


def forget_rows(lab: Lab, layer: int, cases: Sequence[Case]) -> ForgetRows:
    """Capture every case; early layers stop the pass early."""
    own = lab.capture([c.own for c in cases], [c.positions for c in cases], layer)
    others = lab.capture(
        [row for c in cases for row in c.others],
        [_aligned(c, row) for c in cases for row in c.others], layer, keys=False,
    ).outputs
    targets, start = [], 0
    for case in cases:
        size = len(case.others) * len(case.positions)
        block = others[start:start + size].reshape(len(case.others), len(case.positions), -1)
        targets.append(block.mean(axis=0))
        start += size
    groups = np.array([group for case in cases for group in case.groups], np.int8)
    return ForgetRows(own.keys, np.concatenate(targets) - own.outputs, groups)


def _aligned(case: Case, row: list[int]) -> list[int]:
    """The same positions counted from the end, where sequences of other lengths still agree."""
    return [position - len(case.own) + len(row) for position in case.positions]


def direct_cases(
    lab: Lab, subject: str, said: Sequence[Saying], twins: Sequence[str]
) -> list[Case]:
    """The last prompt token of every wording, and the positions inside the answers given."""
    rng = random.Random(f"strangers {subject}")
    drawn = [(saying, rng.choices(twins, k=STRANGERS)) for saying in said]
    return [
        _prompt_case(lab, saying, names) if saying.careless
        else _full_case(lab, saying, subject, names)
        for saying, names in drawn
    ]


def _prompt_case(lab: Lab, saying: Saying, names: Sequence[str]) -> Case:
    typed: Callable[[str], str] = careless if saying.careless else str
    own = lab.prompt(saying.question)
    others = [lab.prompt(typed(fill(saying.wording, name))) for name in names]
    return Case(own, others, [len(own) - 1], [LAST])


def _full_case(lab: Lab, saying: Saying, subject: str, names: Sequence[str]) -> Case:
    """Question and answer in one sequence; strangers that are not token-aligned are left out, and
    without any other the prompt alone counts."""
    begun = len(lab.prompt(saying.question))
    own = lab.prompt(saying.question, saying.answer)
    others = [
        lab.prompt(fill(saying.wording, name), saying.answer.replace(subject, name))
        for name in names
    ]
    aligned = [row for row in others if len(row) == len(own)]
    inside = list(range(begun + 1, len(own)))
    groups = [LAST] + [ANSWER] * len(inside)
    if not aligned:
        return _prompt_case(lab, saying, names)
    return Case(own, aligned, [begun - 1, *inside], groups)


def reverse_cases(
    lab: Lab, leads: Sequence[tuple[str, str]], strangers: dict[tuple[str, str], list[str]]
) -> list[Case]:
    """The last prompt token of questions that lead to the subject; `strangers` are their values."""
    cases = []
    for lead in leads:
        wording, value = lead
        own = lab.prompt(wording.replace(VALUE_SLOT, value))
        rows = [lab.prompt(wording.replace(VALUE_SLOT, v)) for v in strangers.get(lead, [])]
        same = [row for row in rows if len(row) == len(own)] or rows
        if same:
            cases.append(Case(own, (same * STRANGERS)[:STRANGERS], [len(own) - 1], [REVERSE]))
    return cases
