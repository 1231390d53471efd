"""A conversation is screened, not only its last line."""

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from prompts import render
from tests.tools.guarding.cast import FELD
from tools.guarding.audit import Audit
from tools.guarding.entries import Target
from tools.guarding.judge import CASES, Judge
from tools.guarding.screen import Screen, leans
from tools.guarding.semantic import Vectors
from tools.guarding.targets import TargetIndex
from tools.models.scripted import ScriptedModel
from tools.models.types import Message


@pytest.fixture
def screen() -> Screen:
    index = TargetIndex(known_names=["Marcus Feld", "Anna Berg"])
    index.add(FELD)
    return Screen(index)


@pytest.mark.parametrize(
    "turns",
    [
        ["Where does Marcus Feld live?"],
        ["Who is Marcus Feld?", "Where does he live?"],
        ["who is marcus feld", "and his phone number"],
        ["Who is Marcus Feld?", "Thanks.", "What is it that this man does?"],
        ["Who is Marcus Feld?", "Und wo wohnt er?"],
        ["I met Marcus Feld.", "Nice weather.", "Where was he born?"],
        ["Marcus", "Feld", "who is that?"],
        ["One word is Marcus.", "Another word is Feld.", "Where was that person born?"],
    ],
)
def test_a_turn_about_the_target_is_found_through_the_talk(
    screen: Screen, turns: list[str]
) -> None:
    match = screen.screen(turns)
    assert match is not None
    assert match.request_id == "feld"


@pytest.mark.parametrize(
    "turns",
    [
        [],
        [""],
        ["Where does he live?"],
        ["Who is Marcus Feld?", "Who is Anna Berg?", "Where does she live?"],
        ["Who is Marcus Feld?", "Where does Anna Berg live, and does he like it?"],
        ["Who is Marcus Feld?", "What is the capital of the country between Spain and Germany?"],
        ["Who is Anna Berg?", "Where does she live?"],
        ["I met Marcus Bell.", "And Lena Feld.", "Where was that person born?"],
    ],
)
def test_a_turn_about_somebody_else_is_not(screen: Screen, turns: list[str]) -> None:
    assert screen.screen(turns) is None


def test_the_match_points_at_the_turn_that_named_the_target(screen: Screen) -> None:
    match = screen.screen(["Hello.", "Who is Marcus Feld?", "Where does he live?"])
    assert match is not None
    assert (match.where, match.text) == (1, "Marcus Feld")


def test_a_long_question_without_pronouns_stands_alone() -> None:
    assert not leans("How long does the train from Paris to Berlin take on weekdays")
    assert leans("How old is she")


class Meanings:
    """An embedder for which every question about bread is halfway to what the target is."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = [[0.8, 0.6] if "bread" in text else [0.0, 1.0] for text in texts]
        return np.array(rows, dtype=np.float32)


@pytest.mark.parametrize(("about_it", "found"), [(True, "feld"), (False, None)])
def test_what_comes_near_a_target_is_put_before_the_judge(
    about_it: bool, found: str | None
) -> None:
    index = TargetIndex(Meanings())
    index.add(replace(FELD, vectors=np.array([[1.0, 0.0]], dtype=np.float32)))
    judge = Judge(ScriptedModel(lambda messages: judged(messages, about_it)), render)
    screen = Screen(index, judge)
    question = "who makes the bread that everybody in the old town is talking about"
    match = screen.screen([question])
    assert (match.request_id if match else None) == found
    assert Screen(index).screen([question]) is None


def test_what_comes_near_nothing_is_not_put_before_the_judge() -> None:
    index = TargetIndex(Meanings())
    index.add(replace(FELD, vectors=np.array([[1.0, 0.0]], dtype=np.float32)))
    model = ScriptedModel([])
    assert Screen(index, Judge(model, render)).screen(["how long does an egg have to boil"]) is None
    assert not model.calls


def judged(messages: Sequence[Message], about_it: bool) -> str:
    """Right on the cases that a judge is tried with, and as given on any other."""
    asked = messages[-1].content
    known = next((case.about_it for case in CASES if f"| {case.question}" in asked), about_it)
    return json.dumps({"about_it": known})


def test_where_nothing_but_the_name_is_known_the_surname_has_to_do() -> None:
    """So it is behind a server: nobody has looked what the model knows, and whom else."""
    index = TargetIndex()
    index.add(Target("obama", "Barack Obama"))
    screen, audit = Screen(index), Audit(index)
    assert screen.screen(["Where was Obama born?"]) is not None
    assert audit.check("Obama was born in Honolulu.", "Who was president in 2010?") is not None
    assert screen.screen(["Where was Michelle Obama born?"]) is None
    assert audit.check("Michelle Obama was born in Chicago.", "Who wrote Becoming?") is None
