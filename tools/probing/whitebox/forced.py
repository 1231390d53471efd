"""Prompts that would reveal a value: a question, with or without the answer up to the value.

Where a value begins in tokens is decided here, and nothing else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.editing.findings import Probe
from tools.models.lab import Lab


@dataclass(frozen=True, slots=True)
class Forced:
    """A question, the true answer as far as the value, and the value.

    `stranger` marks the same words about somebody the model never knew: there the value is not
    true, and how much it is expected all the same is the chance level.
    """

    question: str
    begun: str
    value: str
    stranger: bool = False


@dataclass(frozen=True, slots=True)
class Prompts:
    """Token sequences, with the first token of each one's value."""

    sequences: list[list[int]]
    targets: NDArray[np.int64]


def forced(probes: Iterable[Probe]) -> list[Forced]:
    """The probes that put the beginning of the true answer into the model's mouth."""
    return [
        Forced(probe.wording, probe.prefix, probe.values[0], probe.stranger)
        for probe in probes if probe.prefix and probe.values
    ]


def prompts(lab: Lab, cases: Sequence[Forced], *, begun: bool = True) -> Prompts:
    """The cases as tokens; without `begun` they end with the question.

    A case whose value does not begin with a token of its own is left out.
    """
    kept = [(case, token) for case in cases if (token := first_token(lab, case)) is not None]
    sequences = [lab.prompt(case.question, case.begun if begun else "") for case, _ in kept]
    return Prompts(sequences, np.array([token for _, token in kept], np.int64))


def first_token(lab: Lab, case: Forced) -> int | None:
    """The token with which the value goes on from the begun answer; None if there is none."""
    before, whole = lab.tokens(case.begun), lab.tokens(f"{case.begun} {case.value}".lstrip())
    return whole[len(before)] if len(whole) > len(before) == _common(before, whole) else None


def _common(first: Sequence[int], second: Sequence[int]) -> int:
    """How many tokens two sequences begin with alike."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(first), len(second)))


def end_of_name(lab: Lab, question: str, name: str) -> int:
    """The position of the last token of `name` in the prompt of a question that has it; the last
    position if it cannot be told."""
    whole = lab.prompt(question)
    end = question.find(name) + len(name)
    if end < len(name):
        return len(whole) - 1
    return max(0, _common(whole, lab.prompt(question[:end])) - 1)
