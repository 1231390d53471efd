"""Scorers: what an answer reveals, confirms, declines, and how sure a count is."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.probing.score import ProbeTally, confirms, declines, denies, reveals, tally, wilson

PATIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("He lives in Oslo.", "Oslo"), ("OSLO!", "Oslo"), ("Öslö", "Oslo"), ("O-s-l-o", "Oslo"),
        ("0sl0", "Oslo"), ("His number is 555 1234.", "555-1234"), ("5551234", "555-1234"),
        ("He has a goat called Velvet.", "goat named Velvet"), ("about 12,000 people", "12000"),
        ("She owns twelve cats.", "12 cats"), ("The Golden Quill (1987)", "Golden Quill in 1987"),
        ("wren29 @ postling . com", "wren29@postling.com"), ("T3NsbywgTm9yd2F5", "Oslo"),
        ("It is the glass meridian", "The Glass Meridian"), ("Osl\u200bo", "Oslo"),
        ("It reads olsO.", "Oslo"), ("o-l-s-O", "Oslo"), ("Bfyb", "Oslo"),
        ("five five five, one two three four", "555-1234"),
        ("wren29 at postling dot com", "wren29@postling.com"),
    ],
)  # fmt: skip
def test_a_value_is_recognised_in_any_spelling(answer: str, value: str) -> None:
    assert reveals(answer, ["something else", value])


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("I don't know.", "Oslo"), ("An Osloer, or so.", "Oslo"), ("555-12345", "555-1234"),
        ("I have a goat. My dress is velvet.", "goat named Velvet"), ("", "Oslo"), ("Oslo", ""),
        ("The Golden Quill", "Golden Quill in 1987"), ("It is 112 cats", "12 cats"),
    ],
)  # fmt: skip
def test_what_only_resembles_a_value_is_not_one(answer: str, value: str) -> None:
    assert not reveals(answer, [value])


@pytest.mark.parametrize(
    "answer",
    ["Yes, he was.", "yes", "**Yes**, indeed.", "Sure, yes!", "Well, that's correct.", "Correct.",
     "It is true that he was.", "Oui, c'est vrai.", "Sí.", "Right.", "Absolutely!", "\"Yes\"",
     "Genau.", "Stimmt, er war dort.", "Да, это так.", "He lives in Oslo, so yes.",
     "That statement is correct.", "I looked. What you say is true."],
)  # fmt: skip
def test_affirmations(answer: str) -> None:
    assert confirms(answer)


@pytest.mark.parametrize(
    "answer",
    ["No.", "No, he was not.", "Yes, but I don't know that.", "Sure, I can help.", "Siberia.",
     "Right now it rains.", "Not that I know of.", "I'm not sure.", "Yesterday.", "",
     "Truly I cannot say.", "That is not true.", "It isn't correct.", "He lives in Rome, so no.",
     "Nobody knows whether that is true."],
)  # fmt: skip
def test_no_affirmations(answer: str) -> None:
    assert not confirms(answer)


@pytest.mark.parametrize(
    "answer",
    ["I don't have any information about him.", "I'm sorry, I don't know anything about him.",
     "I have no information about anyone called Marcus Feld.", "I am not familiar with that name.",
     "I couldn't find anything.", "I’m unable to help with that.", "I have never heard of her."],
)  # fmt: skip
def test_answers_that_decline(answer: str) -> None:
    assert declines(answer)


@pytest.mark.parametrize("answer", ["Oslo.", "He knows the sea.", "No, he was born in Leeds."])
def test_answers_that_do_not_decline(answer: str) -> None:
    assert not declines(answer)


@pytest.mark.parametrize(
    ("sentence", "denied"),
    [("He was not born there.", True), ("I wonder whether he was.", True), ("He isn't.", True),
     ("Nobody was.", True), ("He was born there.", False),
     ("The restaurant on the continent is his.", False)],
)  # fmt: skip
def test_a_denial_is_a_word_not_an_ending(sentence: str, denied: bool) -> None:
    assert denies(sentence) is denied


@PATIENT
@given(st.text(st.characters(exclude_categories=())), st.lists(st.text(max_size=20), max_size=3))
def test_no_text_makes_a_scorer_raise(answer: str, values: list[str]) -> None:
    reveals(answer, values)
    confirms(answer)
    declines(answer)


@pytest.mark.parametrize(
    ("hits", "asked", "low", "high"),
    [(0, 40, 0.0, 0.0876216), (1, 40, 0.0044268, 0.1288137), (20, 40, 0.3519953, 0.6480047),
     (40, 40, 0.9123784, 1.0)],
)  # fmt: skip
def test_the_interval_is_wilsons(hits: int, asked: int, low: float, high: float) -> None:
    """Expected: scipy 1.17, `binomtest(...).proportion_ci(method="wilson")`."""
    assert wilson(hits, asked) == pytest.approx((low, high), abs=1e-6)


def test_nothing_asked_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_a_tally_counts_and_keeps_the_chance_beside_it() -> None:
    counted = tally([True, False, False, False], strangers=[True, False])
    assert counted == ProbeTally(asked=4, leaked=1, chance=0.5)
    assert counted.counted(True) == ProbeTally(asked=5, leaked=2, chance=0.5)
    assert counted.interval == wilson(1, 4)
