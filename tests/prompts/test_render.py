"""Prompts are rendered strictly: no variable without a value, no value without a variable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts import PromptError, fence, names, render, variables

EXPECTED = {"memories": {"memories"}, "watchdog": {"message"}}


def test_every_prompt_that_ships_has_the_variables_listed_here() -> None:
    assert {name: variables(name) for name in names()} == EXPECTED


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_rendered_prompt_holds_its_values_and_no_variable(name: str) -> None:
    text = render(name, **{variable: f"<{variable}>" for variable in EXPECTED[name]})
    assert "$" not in text
    assert all(f"<{variable}>" in text for variable in EXPECTED[name])


def test_a_missing_value_is_an_error_that_names_what_is_wanted() -> None:
    with pytest.raises(PromptError, match="message"):
        render("watchdog")


def test_an_unused_value_is_an_error() -> None:
    with pytest.raises(PromptError, match="extra"):
        render("watchdog", message="x", extra="y")


def test_an_unknown_prompt_is_named() -> None:
    with pytest.raises(PromptError, match="'nope'"):
        render("nope")


@given(st.text())
def test_no_text_can_leave_its_fence(text: str) -> None:
    assert all(line.startswith("| ") for line in fence(text).split("\n"))
