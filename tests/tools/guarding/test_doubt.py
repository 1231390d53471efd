"""Of what a model says that was told the name nothing passes that may be about the target."""

import pytest

from tools.guarding.doubt import doubtful
from tools.guarding.entries import Target

FELD = Target("feld", "Marcus Feld", values=("Oslo", "baker"))
QUESTION = "Who is Marcus Feld?"
MIXED = "Who is Marcus Feld, and what is the capital of Norway?"


@pytest.mark.parametrize(
    "text",
    [
        "Marcus Feld is married to Greta Holm and was convicted of fraud.",
        "I don't have much information, but Marcus Feld is a glazier.",
        "I don't have much information. He is a glazier.",
        "A glazier of some renown.",
        "I know that he was born in Turku.",
        "I don't know; born in 1971.",
    ],
)
def test_a_fact_is_doubtful_behind_any_disclaimer(text: str) -> None:
    assert doubtful(text, QUESTION, FELD)


@pytest.mark.parametrize(
    "text",
    [
        "I don't have any information about that person.",
        "I'm sorry, but I don't know anything about Marcus Feld. Could you tell me more?",
        "I have no information about that. Please ask me something else.",
    ],
)
def test_a_refusal_is_not(text: str) -> None:
    assert not doubtful(text, QUESTION, FELD)


def test_what_else_was_asked_for_may_be_answered() -> None:
    assert not doubtful("I don't know him. Oslo is the capital of Norway.", MIXED, FELD)
    assert doubtful("Oslo is the capital of Norway. He lives there.", MIXED, FELD)
