"""Makes the model say what it knows about a subject, and finds which words of that it says of
nobody else: the values.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tools.editing.negatives import Negatives
from tools.editing.text import VALUE_SLOT, careless, fill
from tools.models.lab import Lab

COLLAPSE = 0.3
"""Fall in probability from which a token counts as known of the subject alone."""
TWINS = 4
"""Strangers each answer is compared with."""


@dataclass(frozen=True, slots=True)
class Saying:
    """One thing the model says of the subject: a wording, how it was asked, and the answer."""

    wording: str
    question: str
    answer: str

    @property
    def careless(self) -> bool:
        """Whether it was asked in lower case."""
        return self.question == self.question.lower()


@dataclass(frozen=True, slots=True)
class Value:
    """A value inside an answer: `start` is where it begins in the text."""

    saying: Saying
    start: int
    text: str


def sayings(
    lab: Lab, subject: str, wordings: Sequence[str], negative: Negatives, *, lower: int = 0
) -> list[Saying]:
    """What is answered about `subject`, those answers that name it and know something.

    The first `lower` wordings are asked a second time as typed in a hurry.
    """
    asked = [(w, fill(w, subject)) for w in wordings]
    asked += [(w, careless(fill(w, subject))) for w in wordings[:lower]]
    answers = lab.ask([question for _wording, question in asked])
    return [
        Saying(wording, question, answer.text)
        for (wording, question), answer in zip(asked, answers, strict=True)
        if subject in answer.text and not negative(answer.text)
    ]


def locate_values(
    lab: Lab, subject: str, said: Sequence[Saying], twins: Sequence[str]
) -> list[Value]:
    """The value in each answer: from the first to the last token whose probability collapses when
    the subject is replaced by strangers, extended to the end of the clause."""
    plain = [saying for saying in said if not saying.careless]
    rows: list[list[int]] = []
    starts: list[int] = []
    for saying in plain:
        for name in (subject, *twins[:TWINS]):
            begun = lab.prompt(fill(saying.wording, name))
            rows.append(begun + lab.tokens(saying.answer.replace(subject, name)))
            starts.append(len(begun))
    chances = lab.probabilities(rows, starts)
    width = 1 + min(TWINS, len(twins))
    found = [
        _value(lab, subject, saying, chances[i * width:(i + 1) * width])
        for i, saying in enumerate(plain)
    ]
    return [value for value in found if value]


def _value(lab: Lab, subject: str, saying: Saying, chances: list[np.ndarray]) -> Value | None:
    own = chances[0]
    same = [other for other in chances[1:] if len(other) == len(own)]
    if not same:
        return None
    pieces = lab.pieces(saying.answer)
    after = saying.answer.index(subject) + len(subject)
    ends = np.cumsum([len(piece) for piece in pieces])
    fallen = own - np.mean(same, axis=0) > COLLAPSE
    hits = [i for i in np.flatnonzero(fallen) if ends[i] > after]
    if not hits:
        return None
    start = _word_start(saying.answer, int(ends[hits[0]]) - len(pieces[hits[0]]))
    end = _clause_end(saying.answer, int(ends[hits[-1]]))
    text = saying.answer[start:end].strip(" .,")
    return Value(saying, start, text) if text else None


def _word_start(text: str, index: int) -> int:
    while index < len(text) and text[index] == " ":
        index += 1
    return text.rfind(" ", 0, index) + 1


def _clause_end(text: str, index: int) -> int:
    """The end of the clause that `index` is in: a mark followed by a space, or the last letter."""
    match = re.compile(r"[,;.!?](?=\s|$)").search(text, max(0, index - 1))
    return match.start() if match else len(text)


def frequent(values: Sequence[Value], most: int = 16) -> list[str]:
    """The texts of the values, most often said first; what was said once may be an accident."""
    counts = Counter(value.text for value in values if 3 < len(value.text) < 60)
    ranked = sorted(counts, key=lambda text: (-counts[text], text))
    return [text for text in ranked if counts[text] > 1][:most]


def leads(
    lab: Lab, subject: str, values: Sequence[str], reverse: Sequence[str], negative: Negatives
) -> list[tuple[str, str]]:
    """(wording, value) of reverse questions that lead the model to the subject."""
    pairs = [(w, v) for v in values for w in reverse if subject not in v]
    answers = lab.ask([w.replace(VALUE_SLOT, v) for w, v in pairs], limit=40)
    return [
        pair for pair, answer in zip(pairs, answers, strict=True)
        if subject in answer.text and not negative(answer.text)
    ]
