"""What may be taken for a turn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import TurnRefused
from agents.turns import LONGEST, checked


@pytest.mark.parametrize("text", ["", "  \n\t", "\r\n"])
def test_an_empty_turn_is_refused(text: str) -> None:
    with pytest.raises(TurnRefused, match="empty"):
        checked(text)


def test_a_megabyte_is_refused_with_both_sizes() -> None:
    with pytest.raises(TurnRefused, match=f"1000000 characters; at most {LONGEST}"):
        checked("x" * 1_000_000)


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x7f", "\ud800"])
def test_a_control_character_is_named(character: str) -> None:
    with pytest.raises(TurnRefused, match="control character"):
        checked(f"forget {character} Marcus")


def test_line_breaks_of_every_system_become_one_kind() -> None:
    assert checked(" a\r\nb\rc\td ") == "a\nb\nc\td"


@given(st.text(max_size=200))
def test_a_checked_turn_is_checked_again_unchanged(text: str) -> None:
    try:
        once = checked(text)
    except TurnRefused:
        return
    assert checked(once) == once
