"""Names a model knows are enumerated from pieces and found by what the user types."""

import random
import re

import pytest

from tools.editing.names import (
    Pieces,
    answered,
    combinations,
    enumerate_names,
    known_names,
    matching,
    often_told,
    pieces_of,
    similar_shape,
)
from tools.editing.negatives import Negatives
from tools.editing.turns import Turn
from tools.editing.twins import Suspects, find_twins, name_candidates, value_strangers

KNOWN = ["Ada Byron", "Ada Lovel", "Max Born", "Maximilian Bornholm"]
PIECES = Pieces(("Ada", "Max", "Tom"), ("Byron", "Born", "Lovel", "Mayer"))


def answers(questions: list[str]) -> list[str]:
    return [
        next((f"{name} is a poet." for name in KNOWN if name in q), "I don't know who that is.")
        for q in questions
    ]


def test_pieces_come_from_subjects_of_two_parts() -> None:
    turns = [Turn("", "", subject, "fact") for subject in ("Ada Byron", "Ada Lovel", "Oslo", None)]
    assert pieces_of(turns) == Pieces(("Ada",), ("Byron", "Lovel"))


def test_every_combination_is_asked_and_only_known_ones_stay() -> None:
    candidates = combinations(PIECES)
    assert len(candidates) == 12
    known = enumerate_names(candidates, answers, Negatives(), ["Who is {N}?", "Tell me about {N}."])
    assert sorted(known) == ["Ada Byron", "Ada Lovel", "Max Born"]


def test_whom_the_model_tells_of_again_and_again_is_known_without_asking() -> None:
    def facts(subject: str, count: int) -> list[Turn]:
        return [Turn("", "", subject, "fact")] * count

    turns = [*facts("Ada Byron", 4), *facts("Max Born", 3), *facts("Oslo", 9)]
    turns += [Turn("", "", "Tom Mayer", "lead")] * 9
    assert often_told(turns) == {"Ada Byron"}


def test_of_whom_much_was_told_one_answer_of_any_kind_is_enough() -> None:
    def ask(questions: list[str]) -> list[str]:
        told = {"Who is Ada Byron?": "A poet, born in London.", "Where is Max Born?": "In Bonn."}
        return [told.get(question, "I don't know who that is.") for question in questions]

    names = ["Ada Byron", "Max Born", "A Piece"]
    probes = ["Who is {N}?", "Where is {N}?"]
    assert answered(names, ask, Negatives(), probes) == {"Ada Byron", "Max Born"}


def test_known_are_those_told_of_often_and_those_whom_every_probe_names() -> None:
    def ask(questions: list[str]) -> list[str]:
        return ["A lady." if "Ada Lovel" in q else told
                for q, told in zip(questions, answers(questions), strict=True)]

    turns = [Turn("", "", name, "fact") for name in [*["Ada Lovel"] * 4, "Tom Mayer"]]
    known = known_names(turns, ["Max Born"], ask, Negatives(), ["Who is {N}?"])
    assert known == ["Ada Lovel", "Max Born"]
    assert known_names(turns[1:], [], ask, Negatives(), ["Who is {N}?"]) == []


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("max born", ["Max Born"]), ("Ada", ["Ada Byron", "Ada Lovel"]), ("Byron", ["Ada Byron"]),
        ("Maks Born", ["Max Born"]), ("Ada Byrom", ["Ada Byron"]), ("Oslo", []), ("", []),
    ],
)
def test_what_is_typed_leads_to_known_names(typed: str, found: list[str]) -> None:
    assert matching(typed, KNOWN) == found


def test_strangers_are_new_and_made_of_known_pieces() -> None:
    made = similar_shape("Ada Byron", PIECES, random.Random(0), 30)
    assert "Ada Byron" not in made
    assert made
    assert all(set(name.split()) <= {*PIECES.first, *PIECES.last} for name in made)


def test_twins_are_unknown_and_as_long_as_the_subject() -> None:
    candidates = name_candidates("Ada Byron", PIECES, KNOWN, lambda text: len(text.split()))
    twins = find_twins(Suspects(candidates, ["Who is {N}?"]), answers, Negatives())
    assert twins
    assert not set(twins) & set(KNOWN)
    assert twins == find_twins(Suspects(candidates, ["Who is {N}?"]), answers, Negatives())


def test_a_name_whose_likes_are_all_known_has_no_twins() -> None:
    suspects = Suspects(["Ada Byron"], ["Who is {N}?", "{N}?"])
    assert find_twins(suspects, answers, Negatives()) == []


def test_a_single_word_has_strangers_too() -> None:
    made = name_candidates("Brightloom", PIECES, [], len)
    assert made
    assert all(len(name) == len("Brightloom") and " " not in name for name in made)


def test_strangers_share_no_half_with_the_subject() -> None:
    made = name_candidates("Ada Byron", PIECES, KNOWN, lambda text: len(text.split()))
    assert not [name for name in made if {"Ada", "Byron"} & set(name.split())]


POOL = [
    "555-2033", "555-4410", "555-9876", "dog named Pickle", "fox named Echo", "cat named Biscuit",
    "The Last Harbour", "The Glass Meridian", "The Crooked River", "Oslo", "Lima",
    "calm.otter@post.example", "wise.heron@mail.example",
]


@pytest.mark.parametrize("value", POOL)
def test_strange_values_are_new_and_share_only_the_form(value: str) -> None:
    made = value_strangers(value, POOL, len)
    assert not set(made) & set(POOL)
    assert all(len(other) == len(value) for other in made)
    form = {"555", "named", "The", "example"}
    words = set(re.findall(r"\w+", value)) - form
    assert not [other for other in made if words & set(re.findall(r"\w+", other))]


def test_a_number_has_strangers_and_keeps_what_all_numbers_share() -> None:
    made = value_strangers("555-2033", POOL, lambda text: len(text.split()))
    assert len(made) >= 6
    assert all(re.fullmatch(r"555-\d{4}", other) for other in made)

