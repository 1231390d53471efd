"""Exchanges go as a whole, and roles keep alternating."""

from hypothesis import given
from hypothesis import strategies as st

from memory.redaction import exchanges, redact, without
from memory.text import Mentions

MARCUS = Mentions.of(["Marcus Feld"])
lines = st.lists(st.fixed_dictionaries({
    "role": st.sampled_from(["user", "assistant", "system"]),
    "content": st.sampled_from(["hello", "Marcus Feld", "marcus  FELD lives", "Marcus Feldman"]),
}))


def line(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def test_an_answer_goes_with_its_question_and_the_other_way_round() -> None:
    talk = [
        line("system", "be kind"),
        line("user", "who is Marcus Feld?"), line("assistant", "a glazier"),
        line("user", "hello"), line("assistant", "hello"),
        line("user", "who makes glass?"), line("assistant", "Marcus Feld does"),
    ]
    assert without(talk, MARCUS) == [talk[0], *talk[3:5]]


@given(lines)
def test_no_mention_is_left_and_nothing_else_is_lost(talk: list[dict[str, str]]) -> None:
    kept = without(talk, MARCUS)
    assert not MARCUS.in_value(kept)
    clean = [exchange for exchange in exchanges(talk) if not MARCUS.in_value(exchange)]
    assert exchanges(kept) == clean or not clean
    assert [one for exchange in exchanges(talk) for one in exchange] == talk


def test_a_step_about_something_else_stays_under_way() -> None:
    channels = {"messages": [line("user", "Marcus Feld")], "branch:to:x": None, "plan": "Anna"}
    redacted = redact(channels, ["Anna"], MARCUS)
    assert not redacted.idle
    assert redacted.channels == {"messages": [], "branch:to:x": None, "plan": "Anna"}
    assert redacted.messages == 1


def test_a_step_about_the_term_is_given_up() -> None:
    for channels, pending in (({"plan": "Marcus Feld"}, []), ({}, [("ask", "Marcus Feld")])):
        redacted = redact({**channels, "branch:to:x": None, "n": 3}, pending, MARCUS)
        assert redacted.idle
        assert redacted.channels == {"n": 3}
