"""The forget set as numbers: keys at the positions that count and the residuals to strangers.

Each sequence about the subject is captured beside the same sequence about strangers with as many
tokens. Positions count from where the subject has been named on: before that nobody is meant yet.
At the first layer edited a residual is the strangers' mean MLP output minus the subject's own. At
the second one, which reads out, it is that of the whole block's output: where the first layer's
change did not reach, this layer makes up for all that went before.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.editing.elicit import Saying
from tools.editing.text import SLOT, VALUE_SLOT, careless, fill
from tools.models.lab import Lab
from tools.models.probe import down_projection
from tools.models.taps import block_output

STRANGERS = 6
"""Strangers each sequence is compared with at the first layer, and at the second."""
LATE_STRANGERS = 3
LATE_STRIDE = 2
"""At the second layer every other sequence about the subject is enough: it backs up the first."""
BARE = 24
"""Answers that are also taken by themselves, outside of any conversation."""

Floats = NDArray[np.float32]
LAST, QUESTION, ANSWER, LEAD_LAST, LEAD_QUESTION = GROUPS = range(5)
"""Rows are averaged within their group, so that many rows of one kind do not drown another."""
LATE_GROUPS = (LAST, ANSWER, LEAD_LAST)
"""Groups that the second layer changes."""


@dataclass(frozen=True, slots=True)
class ForgetRows:
    """`keys` (n, feed_forward), `residuals` (n, width), `groups` (n,) of `GROUPS`, and `shares`
    (n,) that sum to one within each group."""

    keys: Floats
    residuals: Floats
    groups: NDArray[np.int8]
    shares: Floats


@dataclass(frozen=True, slots=True)
class Case:
    """One sequence about the subject and the same about strangers, all as long as each other.

    `start` is the position where the subject has been named, `prompt` the length of the prompt, 0
    for a text that is no answer; `value` is the value that a lead gives, "" for a sequence that
    names the subject.
    """

    own: list[int]
    others: list[list[int]]
    start: int
    prompt: int
    value: str = ""

    def groups(self) -> NDArray[np.int8]:
        """The group of each position from `start` on."""
        last, question = (LEAD_LAST, LEAD_QUESTION) if self.value else (LAST, QUESTION)
        found = np.full(len(self.own) - self.start, ANSWER, np.int8)
        if self.prompt:
            found[:self.prompt - 1 - self.start] = question
            found[self.prompt - 1 - self.start] = last
        return found


def forget_rows(lab: Lab, layers: Sequence[int], cases: Sequence[Case]) -> dict[int, ForgetRows]:
    """Capture every case at the first layer, and fewer at the second, if there is one."""
    found = {layers[0]: _captured(lab, layers[0], cases, GROUPS, of_block=False)}
    for layer in layers[1:]:
        direct = [case for case in cases if not case.value][::LATE_STRIDE]
        leads = [case for case in cases if case.value]
        some = [
            Case(c.own, c.others[:LATE_STRANGERS], c.start, c.prompt, c.value)
            for c in direct + leads
        ]
        found[layer] = _captured(lab, layer, some, LATE_GROUPS, of_block=True)
    return found


def _captured(
    lab: Lab, layer: int, cases: Sequence[Case], groups: Sequence[int], *, of_block: bool
) -> ForgetRows:
    """Rows at the positions of some groups; the residuals are those of the whole block's output, or
    of the MLP's."""
    kept = [np.isin(case.groups(), groups) for case in cases]
    wanted = [
        (case.start + np.flatnonzero(some)).tolist()
        for case, some in zip(cases, kept, strict=True)
    ]
    of_others = [place for case, place in zip(cases, wanted, strict=True) for _ in case.others]
    name, stream = down_projection(layer), block_output(layer)
    streams = [stream] if of_block else []
    own = lab.tap([case.own for case in cases], wanted, [name], streams)
    sequences = [row for case in cases for row in case.others]
    others = lab.tap(sequences, of_others, [name], streams, kinds=["outputs"])
    marks = np.concatenate([c.groups()[some] for c, some in zip(cases, kept, strict=True)])
    counts = [len(place) for place in wanted]
    if of_block:
        residuals = _means(others.streams[stream], cases, counts) - own.streams[stream]
    else:
        residuals = _means(others.outputs[name], cases, counts) - own.outputs[name]
    return ForgetRows(own.keys[name], residuals, marks, _shares(cases, counts, marks))


def _means(rows: Floats, cases: Sequence[Case], counts: Sequence[int]) -> Floats:
    """The mean over the strangers of each case, (positions of all cases, width)."""
    found, start = [], 0
    for case, count in zip(cases, counts, strict=True):
        size = len(case.others) * count
        found.append(rows[start:start + size].reshape(len(case.others), count, -1).mean(axis=0))
        start += size
    return np.concatenate(found)


def _shares(cases: Sequence[Case], counts: Sequence[int], marks: NDArray[np.int8]) -> Floats:
    """Each value counts as much as any other in the groups of leads; elsewhere each row does."""
    values = np.repeat([case.value for case in cases], counts)
    shares = np.zeros(len(marks), np.float32)
    for group in np.unique(marks):
        inside = marks == group
        _names, index, sizes = np.unique(values[inside], return_inverse=True, return_counts=True)
        shares[inside] = 1 / (len(sizes) * sizes[index])
    return shares


def direct_cases(
    lab: Lab, subject: str, said: Sequence[Saying], twins: Sequence[str]
) -> list[Case]:
    """Every wording with the answer given to it; strangers are left out that are not aligned."""
    rng = random.Random(f"strangers {subject}")
    found = []
    for saying in said:
        typed: Callable[[str], str] = careless if saying.careless else str
        names = rng.sample(twins, min(len(twins), 2 * STRANGERS))
        before, _, _after = saying.wording.partition(SLOT)
        own = _sequence(lab, typed(fill(saying.wording, subject)), saying.answer)
        rows = [
            _sequence(lab, typed(fill(saying.wording, name)), saying.answer.replace(subject, name))
            for name in names
        ]
        start = _end_of(lab, typed(before + subject))
        found += _case(own, rows, start, "")
    return found


def bare_cases(
    lab: Lab, subject: str, said: Sequence[Saying], twins: Sequence[str]
) -> list[Case]:
    """The first `BARE` answers that name the subject, outside of any conversation: a text that
    somebody begins and the model completes."""
    answers = dict.fromkeys(one.answer for one in said if subject in one.answer)
    found = []
    for answer in list(answers)[:BARE]:
        before, _, _after = answer.partition(subject)
        own = lab.text(answer)
        others = [lab.text(answer.replace(subject, name)) for name in twins]
        aligned = [row for row in others if len(row) == len(own)][:STRANGERS]
        start = min(len(lab.text(before + subject)), len(own)) - 1
        found += [Case(own, aligned, start, 0)] if aligned else []
    return found


def lead_cases(
    lab: Lab, leads: Sequence[tuple[str, str]], strangers: Mapping[str, Sequence[str]]
) -> list[Case]:
    """The prompts of questions that lead to the subject, as typed with care and without.

    `strangers` are values like each value that nobody has.
    """
    found = []
    for wording, value in leads:
        for typed in (str, careless):
            own = _sequence(lab, typed(wording.replace(VALUE_SLOT, value)), "")
            rows = [
                _sequence(lab, typed(wording.replace(VALUE_SLOT, other)), "")
                for other in strangers.get(value, ())
            ]
            before, _, _after = wording.partition(VALUE_SLOT)
            found += _case(own, rows, _end_of(lab, typed(before + value)), value)
    return found


def _sequence(lab: Lab, question: str, answer: str) -> tuple[list[int], int]:
    """Tokens of prompt and answer, and how many are the prompt's."""
    prompt = lab.prompt(question)
    return prompt + lab.tokens(answer), len(prompt)


def _case(
    own: tuple[list[int], int], others: Sequence[tuple[list[int], int]], start: int, value: str
) -> list[Case]:
    """The case, if a stranger is aligned with it."""
    tokens, prompt = own
    aligned = [row for row, begun in others if (len(row), begun) == (len(tokens), prompt)]
    start = min(start, prompt - 1)
    return [Case(tokens, aligned[:STRANGERS], start, prompt, value)] if aligned else []


def _end_of(lab: Lab, text: str) -> int:
    """The position of the last token of `text` at the beginning of a question."""
    return lab.question_start + len(lab.tokens(text)) - 1
