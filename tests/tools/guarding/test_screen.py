"""A conversation is screened, not only its last line."""

import pytest

from tests.tools.guarding.cast import FELD
from tools.guarding.screen import Screen, leans
from tools.guarding.targets import TargetIndex


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
