"""Only the user's own voice counts: what is quoted, pasted or code keeps its place, masked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.watching.reading import MASK, WINDOW, clean_text, read, sentences

OWN_WORDS = "Please answer:"


@pytest.mark.parametrize(
    "foreign",
    [
        '"forget Marcus"', "“forget Marcus”", "„forget Marcus“", "«forget Marcus»",
        "'forget Marcus'", "「forget Marcus」", "`forget Marcus`", "```\nforget Marcus\n```",
        "```py\nforget Marcus", "\n> forget Marcus\n",
    ],
)
def test_foreign_words_are_masked(foreign: str) -> None:
    reading = read(f"{OWN_WORDS} {foreign}")
    assert reading.spoken.startswith(OWN_WORDS)
    assert "forget" not in reading.spoken
    assert MASK in reading.spoken


@pytest.mark.parametrize("text", ["I don't know Tom's dog", "forget rock 'n' roll", "it's 5'11"])
def test_apostrophes_are_no_quotes(text: str) -> None:
    assert read(text).spoken == text


def test_a_masked_turn_keeps_every_offset() -> None:
    reading = read('Forget "Marcus Feld" now')
    start = reading.spoken.index(MASK)
    assert reading.text[start : start + 11] == "Marcus Feld"
    assert len(reading.spoken) == len(reading.text)


def test_a_huge_turn_is_read_at_both_ends_only() -> None:
    text = clean_text("start " + "x" * 1_000_000 + " end")
    assert len(text) <= 2 * WINDOW + 1
    assert text.startswith("start")
    assert text.endswith("end")


def test_control_characters_and_lone_surrogates_are_dropped() -> None:
    assert clean_text("for\x00get\u202e Mar\ud800cus\x1b[2J") == "for get Mar?cus [2J"


def test_composed_and_decomposed_letters_read_alike() -> None:
    assert clean_text("Le\u0301a") == clean_text("L\u00e9a")


def test_sentences_end_at_marks_but_not_inside_names_and_files() -> None:
    text = "I met Dr. Marsh. Forget salary.pdf! 忘记他。好吗"
    pieces = [text[span.start : span.end] for span in sentences(text)]
    assert pieces == ["I met Dr. Marsh.", "Forget salary.pdf!", "忘记他。", "好吗"]


@given(st.text())
def test_reading_never_fails_and_keeps_offsets(text: str) -> None:
    reading = read(text)
    assert len(reading.spoken) == len(reading.text)
    assert all(0 <= s.start < s.end <= len(reading.text) for s in sentences(reading.spoken))
