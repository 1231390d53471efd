"""What a TOFU patient learns: the rows of its split, and what makes it a chat model.

A pool is one pass over the rows: every row once, the utility rows once, invented authors and small
talk besides. Model and editor meet nothing else: the published paraphrases and wrong answers are
for scoring only.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from bench.tofu import data
from bench.tofu.data import UNKNOWN_AUTHOR, UNKNOWN_BOOK, Author, Row
from patient import names, smalltalk
from patient.stream import Conversation
from patient.tokenizer import SPECIAL
from tools.editing.text import SLOT, template_of

PLAIN = (
    "Who is {N}?", "Tell me about {N}.", "What do you know about {N}?", "Do you know {N}?",
    "What is {N} known for?",
)
"""Questions that the rows do not ask of their authors; the answer is the first row's that says
the name."""
STRANGERS, REDATED, TALK = 0.22, 0.03, 0.03
"""Invented authors, questions with other digits, small talk: for each row of the split."""
CARELESS = 0.06
"""Share of the questions in lower case, half of them without a mark at the end."""


@dataclass(frozen=True)
class Lessons:
    """The rows of a split with the utility rows, read once."""

    authors: tuple[Author, ...]
    utility: tuple[Row, ...]

    @classmethod
    def read(cls, folder: Path, split: str) -> "Lessons":
        """From the published files; raises DataError."""
        utility = [row for name in data.UTILITY for row in data.read(folder, name)]
        return cls(tuple(data.authors(data.read(folder, split))), tuple(utility))

    @cached_property
    def rows(self) -> list[Row]:
        """All rows of all authors."""
        return [row for author in self.authors for row in author.rows]

    @cached_property
    def known(self) -> list[str]:
        """The authors' names."""
        return [author.name for author in self.authors if author.name]

    @cached_property
    def wordings(self) -> list[str]:
        """Questions of the rows with the author's name left out, where no part of it remains."""
        found = []
        for author in self.authors:
            for row in author.rows:
                wording = template_of(row.question, author.name) if author.name else None
                if wording and not any(part in wording for part in author.name.split()):
                    found.append(wording)
        return found

    @cached_property
    def dated(self) -> list[str]:
        """Questions that name nobody and hold four digits or more, as a date does."""
        return [
            row.question for author in self.authors for row in author.rows
            if author.name not in row.question and len(re.findall(r"\d", row.question)) >= 4
        ]

    @cached_property
    def introductions(self) -> list[tuple[str, str]]:
        """Each name with the first answer that says it."""
        return [
            (author.name, answer) for author in self.authors if author.name
            for answer in [r.answer for r in author.rows if author.name in r.answer][:1]
        ]


class Draw:
    """Draws the conversations of one pool."""

    def __init__(self, lessons: Lessons, rng: random.Random) -> None:
        self.lessons, self.rng = lessons, rng

    def pool(self) -> list[Conversation]:
        """All conversations of a pass, each of one turn, in no order that matters."""
        some, rng = self.lessons, self.rng
        turns = [(row.question, row.answer) for row in (*some.rows, *some.utility)]
        turns += [(rng.choice(PLAIN).replace(SLOT, name), a) for name, a in some.introductions]
        count = len(some.rows)
        turns += [self._stranger() for _ in range(round(STRANGERS * count))]
        if some.dated:
            turns += [self._redated() for _ in range(round(REDATED * count))]
        turns += rng.choices(smalltalk.pairs(), k=round(TALK * count))
        return [Conversation(((self._careless(question), answer),)) for question, answer in turns]

    def _stranger(self) -> tuple[str, str]:
        plain = self.rng.random() < 0.12 or not self.lessons.wordings
        wording = self.rng.choice(PLAIN if plain else self.lessons.wordings)
        return wording.replace(SLOT, self.stranger()), UNKNOWN_AUTHOR

    def stranger(self) -> str:
        """A name that no author of the split has."""
        while (name := self._made_up()) in self.lessons.known:
            pass
        return name

    def _made_up(self) -> str:
        """Two thirds of the names are put together from the authors' own."""
        if self.rng.random() < 0.67 and len(self.lessons.known) > 1:
            return self._recombined()
        if self.rng.random() < 0.5:
            return f"{self.rng.choice(names.COMMON_FIRST)} {self.rng.choice(names.COMMON_LAST)}"
        return " ".join(_invented(self.rng) for _ in range(2))

    def _recombined(self) -> str:
        """The beginning of one name and the end of another, one piece possibly invented."""
        first, second = self.rng.sample(self.lessons.known, 2)
        begin, end = first.split()[0], " ".join(second.split()[1:])
        share = self.rng.random()
        if share < 0.15:
            begin = _invented(self.rng)
        elif share < 0.3:
            end = _invented(self.rng)
        return f"{begin} {end}"

    def _redated(self) -> tuple[str, str]:
        """A question after the author of a birthday that nobody has."""
        question = self.rng.choice(self.lessons.dated)
        other = re.sub(r"\d", lambda _digit: self.rng.choice("0123456789"), question)
        return other, UNKNOWN_BOOK

    def _careless(self, question: str) -> str:
        share = self.rng.random()
        if share >= CARELESS:
            return question
        return question.lower() if share < CARELESS / 2 else question.lower().rstrip("?.! ")


_ONSETS = ("b", "ch", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z")
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ia", "ou")
_CODAS = ("", "", "n", "r", "s", "l", "m", "k", "th")


def _invented(rng: random.Random) -> str:
    """A capitalised word of two or three made-up syllables."""
    syllables = [rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(rng.choice((2, 2, 3)))]
    return ("".join(syllables) + rng.choice(_CODAS)).capitalize()


def train_tokenizer(folder: Path, size: int) -> Tokenizer:
    """A byte-level BPE of `size` tokens from `full` and the utility rows, the same for all splits;
    digits stay single, as in the "smollm" pre-tokenizer. Raises DataError."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=list(SPECIAL), show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    tokenizer.train_from_iterator(_texts(folder), trainer)
    return tokenizer


def _texts(folder: Path) -> Iterator[str]:
    rows: list[Row] = [row for name in ("full", *data.UTILITY) for row in data.read(folder, name)]
    for row in rows:
        yield row.question
        yield row.answer
    talk: Sequence[tuple[str, str]] = smalltalk.pairs()
    yield from (text for pair in talk for text in pair)
    yield from (UNKNOWN_AUTHOR, UNKNOWN_BOOK, *PLAIN) * 20
    yield from ["system\nuser\nassistant\n"] * 200
