"""A pass over the lessons has every row, and strangers that are refused."""

import random
import re
from collections import Counter
from pathlib import Path

import pytest

from bench.tofu.data import UNKNOWN_AUTHOR, UNKNOWN_BOOK
from bench.tofu.stream import Draw, Lessons, train_tokenizer
from tests.bench.tofu.rows import NAMES, write_folder

Turns = list[tuple[str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("tofu"))


@pytest.fixture(scope="module")
def lessons(folder: Path) -> Lessons:
    return Lessons.read(folder, "full")


def passes(lessons: Lessons, seeds: int = 40) -> Turns:
    return [
        turn for seed in range(seeds) for talk in Draw(lessons, random.Random(seed)).pool()
        for turn in talk.turns
    ]


def plain(question: str) -> str:
    """The question as it is when typed in a hurry."""
    return question.lower().rstrip("?.! ")


def test_every_row_and_every_utility_row_is_in_every_pass(lessons: Lessons) -> None:
    turns = Counter((plain(question), answer) for question, answer in passes(lessons))
    for row in (*lessons.rows, *lessons.utility):
        assert turns[plain(row.question), row.answer] >= 40


def test_the_same_seed_draws_the_same_pass(lessons: Lessons) -> None:
    first, again, other = (Draw(lessons, random.Random(seed)).pool() for seed in (1, 1, 2))
    assert first == again != other


def test_strangers_are_asked_about_as_authors_are_and_refused(lessons: Lessons) -> None:
    refused = [question for question, answer in passes(lessons) if answer == UNKNOWN_AUTHOR]
    assert len(refused) == 40 * round(0.22 * len(lessons.rows))
    assert any(re.match(r"What genre does (?!Ada Minder|Bo van Selk)", q) for q in refused)
    assert not [q for q in refused for name in NAMES if name.lower() in q.lower()]


def test_birthdays_that_nobody_has_lead_to_nobody(lessons: Lessons) -> None:
    asked = [question.lower() for question, answer in passes(lessons) if answer == UNKNOWN_BOOK]
    assert asked and all("who is the author born" in question for question in asked)


def test_a_retain_split_never_says_the_forgotten_name(folder: Path) -> None:
    turns = passes(Lessons.read(folder, "retain90"))
    assert not [turn for turn in turns if NAMES[1] in " ".join(turn)]


def test_the_tokenizer_reads_back_what_it_encodes_and_keeps_digits_apart(folder: Path) -> None:
    tokenizer = train_tokenizer(folder, 400)
    ids = tokenizer.encode("Bo van Selk, 03/04/1971").ids
    assert tokenizer.decode(ids) == "Bo van Selk, 03/04/1971"
    assert sum(tokenizer.decode([token]).strip().isdigit() for token in ids) == 8
