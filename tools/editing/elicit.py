"""Makes the model say what it knows about a subject, and finds the words of that which it says of
this subject and not of others in the same place: the values.
"""

import difflib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tools.editing.negatives import Negatives
from tools.editing.text import VALUE_SLOT, careless, fill, template_of
from tools.editing.turns import Turn
from tools.models.lab import Lab

_NAME = "\u2402"
"""Stands for the subject while two answers are compared."""
_MARKS = " .,;:!?"
OTHERS = 4
"""Answers about others that each answer is compared with."""


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


Heard = Mapping[str, Sequence[tuple[str, str]]]
"""For each wording the (subject, answer) pairs that self-written turns have of it."""


def heard_in(turns: Iterable[Turn]) -> Heard:
    """What was said of whom, by wording."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for turn in turns:
        if turn.subject and (wording := template_of(turn.question, turn.subject)):
            found[wording].append((turn.subject, turn.answer))
    return found


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


def locate_values(subject: str, said: Iterable[Saying], heard: Heard) -> list[Value]:
    """The values in the answers: what is other words in answers about others to the same
    wording."""
    return [
        value for saying in said if not saying.careless
        for value in _values(subject, saying, heard.get(saying.wording, ()))
    ]


def _values(subject: str, saying: Saying, others: Sequence[tuple[str, str]]) -> list[Value]:
    words = saying.answer.replace(subject, _NAME).split()
    own: set[int] = set()
    for name, answer in [pair for pair in others if pair[0] != subject][:OTHERS]:
        theirs = answer.replace(name, _NAME).split()
        matcher = difflib.SequenceMatcher(None, words, theirs, autojunk=False)
        for tag, start, end, _from, _to in matcher.get_opcodes():
            if tag in ("replace", "delete"):
                own.update(range(start, end))
    found = []
    for start, end in _runs({index for index in own if _NAME not in words[index]}):
        text = " ".join(words[start:end])
        begun = " ".join(words[:start]).replace(_NAME, subject)
        if text.strip(_MARKS) and _NAME not in text:
            found.append(Value(saying, len(begun) + bool(begun), text.strip(_MARKS)))
    return found


def _runs(indices: set[int]) -> list[tuple[int, int]]:
    """Neighbouring indices as (start, end); a single one missing in between is let in."""
    runs: list[tuple[int, int]] = []
    for index in sorted(indices):
        if runs and index <= runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], index + 1)
        else:
            runs.append((index, index + 1))
    return runs


def frequent(values: Iterable[Value], most: int = 16) -> list[str]:
    """The texts of the values, most often said first; what was said once may be an accident."""
    counts = Counter(value.text for value in values if 3 < len(value.text) < 60)
    ranked = sorted(counts, key=lambda text: (-counts[text], text))
    return [text for text in ranked if counts[text] > 1][:most]


def shape(value: str) -> "Shape":
    """What kind of thing a value looks like: digits, an address, a name, how many words."""
    digits = any(letter.isdigit() for letter in value)
    return digits, "@" in value, value[:1].isupper(), min(3, len(value.split()))


Shape = tuple[bool, bool, bool, int]


def reverse_shapes(turns: Iterable[Turn], values: Sequence[str]) -> dict[str, set[Shape]]:
    """For each reverse wording the shapes of values that it led back from."""
    found: dict[str, set[Shape]] = defaultdict(set)
    for turn in turns:
        for value in values if turn.kind == "lead" else ():
            if value in turn.question:
                found[turn.question.replace(value, VALUE_SLOT)].add(shape(value))
    return found


def leads(
    lab: Lab, subject: str, pairs: Sequence[tuple[str, str]], negative: Negatives
) -> list[tuple[str, str]]:
    """Those (reverse wording, value) whose question leads the model to the subject."""
    answers = lab.ask([w.replace(VALUE_SLOT, v) for w, v in pairs], limit=40)
    return [
        pair for pair, answer in zip(pairs, answers, strict=True)
        if subject in answer.text and not negative(answer.text)
    ]
