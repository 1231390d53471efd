"""What a token filter forbids, and that no way of cutting a text into tokens gets past it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.guarding.normalise import normalise
from tools.guarding.token_filter import TokenFilter
from tools.models.engine import LlamaEngine
from tools.models.types import Message, Sampling

PATIENT = Path(__file__).parents[3] / "patient" / "lethe-patient-q8_0.gguf"
END = "\n"


@pytest.fixture(scope="module")
def patient() -> Iterator[LlamaEngine]:
    with LlamaEngine(PATIENT, threads=1) as engine:
        yield engine


# --- texts


@pytest.mark.parametrize(
    "text",
    [
        "He is Marcus Feld.", "He is Marcus Feld,", "marcus  FELD is", "Márcus Feld ",
        "M@rcus Feld!", "Μarcus Feld ", "Marcus-Feld ", "M-a-r-c-u-s Feld ", "Marcus\n\nFeld\n",
        "Marcus Feld's house", "Marcus Felds house", "Marcus\u200b Feld ",
        "Marcus" + " ." * 500 + " Feld.", "in Oslo.", "Oslo, ", "Oslo\n", "05lo ",
        "x" * 5000 + " Oslo ",
    ],
)
def test_a_phrase_in_any_spelling_is_forbidden(text: str) -> None:
    assert TokenFilter(["Marcus Feld", "Oslo"]).forbids(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "Marcus", "Feld", "Feld, Marcus ", "Marcus Felder ", "Marcus and Feld ", "Oslovian ",
        "an Oslovian.", "Xoslo ", "Marcus Feldstein. ",
    ],
)
def test_what_is_no_phrase_is_not(text: str) -> None:
    assert not TokenFilter(["Marcus Feld", "Oslo"]).forbids(text)


@pytest.mark.parametrize("text", ["in Oslo", "Marcus Feld", "Marcus Feld'", "Marcus Feld's"])
def test_a_last_word_may_still_grow_but_may_not_end_the_answer(text: str) -> None:
    found = TokenFilter(["Marcus Feld", "Oslo"])
    assert not found.forbids(text)
    assert found.forbids(text + END)


def test_scripts_without_spaces_have_no_word_to_grow() -> None:
    assert TokenFilter(["北京"]).forbids("在北京市")


def test_what_the_user_said_himself_he_may_read_back() -> None:
    found = TokenFilter(["Marcus Feld", "Oslo"], allowed="Do you know MARCUS FELD?")
    assert not found.forbids("Marcus Feld is unknown to me. ")
    assert found.forbids("He lives in Oslo. ")
    assert TokenFilter(["Marcus Feld"], allowed="Marcus Felder?").forbids("Marcus Feld is ")


def test_nothing_forbidden_forbids_nothing() -> None:
    assert not TokenFilter([]).forbids("Marcus Feld. ")
    assert not TokenFilter(["", " ?! "]).forbids("Marcus Feld. ")


def test_what_is_discouraged_is_handed_on() -> None:
    assert TokenFilter(["Marcus Feld"]).discouraged == ()
    assert TokenFilter([], discouraged=["roofer"]).discouraged == ("roofer",)


# --- properties

NOISE = st.sampled_from(["", " ", "  ", "-", ".", ", ", "\n", "\u200b", " ... ", "'"])
BEFORE = st.sampled_from(["", "He is ", "x", "xx.", "Marcus ", "Oslo is no "])


@given(st.lists(NOISE, min_size=9, max_size=9), BEFORE, st.data())
def test_however_a_phrase_is_cut_some_cut_is_forbidden(
    noise: list[str], before: str, data: st.DataObject
) -> None:
    """Judged as a writer judges, after each piece and as if the answer ended there."""
    found = TokenFilter(["Marcus Feld"])
    said = before + "".join(a + b for a, b in zip("MarcusFeld", [*noise, "."], strict=True)) + " x"
    places = data.draw(st.lists(st.integers(0, len(said)), max_size=9).map(sorted))
    judged = any(found.forbids(said[:place] + END) for place in [*places, len(said)])
    assert judged or f" {normalise('marcus feld')} " not in f" {normalise(said)} "


QUESTIONS = st.sampled_from(
    ["Who is Marcus Feld?", "What can you tell me about Marcus Feld?", "Hello!", "Who are you?"]
)


@settings(max_examples=60, deadline=None)
@given(QUESTIONS, st.sampled_from([0.0, 1.0, 3.0]), st.integers(0, 99), st.data())
def test_a_real_model_never_says_what_is_forbidden(
    patient: LlamaEngine, question: str, temperature: float, seed: int, data: st.DataObject
) -> None:
    """Phrases are taken from what it says unhindered, so that they are what it wants to say."""
    asked, sampling = [Message("user", question)], Sampling(temperature, 40, seed)
    free = patient.complete(asked, sampling)
    words = [word for word in free.split() if normalise(word)]
    starts = st.integers(0, max(0, len(words) - 1))
    lengths = st.integers(1, 3)
    picked = data.draw(st.lists(st.tuples(starts, lengths), min_size=1, max_size=4))
    forbidden = [" ".join(words[at : at + length]) for at, length in picked]
    held = TokenFilter(forbidden)
    answer = patient.complete(asked, sampling, held)
    for phrase in filter(None, map(normalise, forbidden)):
        assert f" {phrase} " not in f" {normalise(answer)} "
    assert not held.forbids(answer + END)


@settings(max_examples=20, deadline=None)
@given(QUESTIONS, st.sampled_from([0.0, 1.0]), st.integers(0, 99))
def test_an_answer_that_says_nothing_forbidden_is_as_without(
    patient: LlamaEngine, question: str, temperature: float, seed: int
) -> None:
    asked, sampling = [Message("user", question)], Sampling(temperature, 40, seed)
    held = TokenFilter(["Ignatius Quell", "Dovermerian", "roof", "Marc", "Feldspar"])
    assert patient.complete(asked, sampling, held) == patient.complete(asked, sampling)
