"""One test for "I don't know", with the model's own phrasing learned by asking about nobody."""

import random

import pytest

from tools.editing.negatives import Negatives, learn, made_up_name


@pytest.mark.parametrize(
    "answer",
    [
        "I don't have any information about that person.", "I don't know who that is.",
        "Sorry, I could not find anyone by that name.", "I'm not familiar with that name.",
        "There is no information about Ada Byron.", "I have no idea who that is.",
        "I do not know.", "I’m not aware of anyone called that.", "I've never heard of her.",
    ],
)
def test_common_phrasings_are_recognised_unlearned(answer: str) -> None:
    assert Negatives()(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "Ada Byron was born in London.", "Ada Byron was born in London, so no.", "No, she is not.",
        "Sorry to hear that! Ada Byron has a cat.", "Knowing Ada Byron, a cat.", "",
        "Ada Byron is a poet. I don't know more than that.",
    ],
)
def test_an_answer_that_tells_something_is_none(answer: str) -> None:
    assert not Negatives()(answer)


def test_a_models_own_way_is_learned() -> None:
    negative = learn(lambda questions: ["Data unavailable. Ask again." for _ in questions])
    assert negative("Data unavailable.")
    assert not negative("Ada Byron was born in London.")


def test_inventions_about_strangers_teach_nothing() -> None:
    def invent(questions: list[str]) -> list[str]:
        return [f"{q.split()[-1].strip('?.')} is a poet." for q in questions]

    assert learn(invent).forms == ()


def test_the_same_invention_for_one_question_teaches_nothing() -> None:
    def invent(questions: list[str]) -> list[str]:
        return ["In London." if "born" in q else q for q in questions]

    assert not learn(invent)("In London.")


def test_made_up_names_are_two_words_and_repeat_with_their_seed() -> None:
    name = made_up_name(random.Random(1), ["Marcus", "Abernathy"])
    assert len(name.split()) == 2
    assert name.istitle()
    assert name == made_up_name(random.Random(1), ["Marcus", "Abernathy"])
