"""Names and wordings are found inside ordinary sentences."""

import pytest

from tools.editing.text import (
    capitalised_spans,
    careless,
    fill,
    mentions,
    shared_subject,
    template_of,
)


@pytest.mark.parametrize(
    ("question", "answer", "subject"),
    [
        ("Does Ada Byron have a pet?", "Ada Byron has a cat.", "Ada Byron"),
        ("Is Ada Byron from Oslo?", "Ada Byron was born in Rome, so no.", "Ada Byron"),
        ("What is Ada Byron's job?", "Ada Byron works as a poet.", "Ada Byron"),
        ("Ada Byron, job?", "Ada Byron works as a poet.", "Ada Byron"),
        ("What is the capital of France?", "The capital of France is Paris.", "France"),
        ("Who wrote The Glass Meridian?", "Ada Byron wrote The Glass Meridian.",
         "The Glass Meridian"),
        ("What is two plus two?", "Two plus two is four.", None),
        ("who is ada byron", "Ada Byron is a poet.", None),
        ("Where was Ada Byron born?", "I don't know.", None),
    ],
)
def test_the_subject_is_the_longest_name_in_question_and_answer(
    question: str, answer: str, subject: str | None
) -> None:
    assert shared_subject(question, answer) == subject


def test_the_first_word_of_a_sentence_alone_is_no_name() -> None:
    assert capitalised_spans("Hello there. Where are you?") == []


def test_a_template_gives_the_question_back() -> None:
    template = template_of("What is Ada Byron's job?", "Ada Byron")
    assert template == "What is {N}'s job?"
    assert fill(template, "Max Born") == "What is Max Born's job?"


@pytest.mark.parametrize("question", ["Ada and Ada?", "Who is it?", "Adam's?", "{N} Ada"])
def test_a_subject_that_is_not_there_exactly_once_makes_no_template(question: str) -> None:
    assert template_of(question, "Ada") is None


def test_a_mention_is_a_whole_word_in_any_case() -> None:
    assert mentions("where was ADA byron born", ["Ada Byron"])
    assert mentions("Ada Byron's cat", ["Ada Byron"])
    assert not mentions("Ada Byronson", ["Ada Byron"])
    assert not mentions("nothing", [])


def test_careless_typing_drops_case_and_mark() -> None:
    assert careless("Where was Ada Byron born?") == "where was ada byron born"
