"""Other readings of a text: encoded, backwards, moved by half the alphabet, dictated."""

import base64

import pytest

from tools.guarding.decoding import readings


def read(text: str) -> list[str]:
    return [reading.text for reading in readings(text)]


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        (f"Who is {base64.b64encode(b'Marcus Feld').decode()}?", "Marcus Feld"),
        (f"Who is {b'Marcus Feld'.hex()}?", "Marcus Feld"),
        ("?dleF sucraM si ohW", "Who is Marcus Feld?"),
        ("Jub vf Znephf Sryq?", "Who is Marcus Feld?"),
        ("Call five five five, one two three four!", "Call 5551234!"),
        ("Write to wren at postling dot com.", "Write to wren @ postling . com."),
    ],
)
def test_a_hidden_text_is_among_the_readings(text: str, reading: str) -> None:
    assert reading in read(text)


def test_the_text_itself_comes_first() -> None:
    first = next(readings("Who is that?"))
    assert (first.text, first.origin) == ("Who is that?", None)


@pytest.mark.parametrize("text", ["One or two of us met at noon.", "At one, at two."])
def test_a_few_numbers_in_words_are_not_a_dictation(text: str) -> None:
    assert not [reading for reading in read(text) if "1" in reading]


def test_what_is_found_stands_for_the_encoded_word() -> None:
    text = f"Who is {base64.b64encode(b'Marcus Feld').decode()}?"
    encoded = next(reading for reading in readings(text) if reading.text == "Marcus Feld")
    assert encoded.place((0, 6)) == (7, 23)


def test_a_very_long_text_is_read_in_words_only() -> None:
    assert read("word " * 1_000) == ["word " * 1_000]
