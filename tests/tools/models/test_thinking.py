"""Thought and answer, told apart in a stream however it is cut."""

import re
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.models.thinking import left_open, separated


def runs(*pieces: str) -> list[tuple[str, str]]:
    """The stream with neighbouring pieces of one kind joined."""
    grouped = groupby(separated(pieces), key=lambda piece: piece.thought)
    return [
        ("thought" if thought else "answer", "".join(piece.text for piece in group))
        for thought, group in grouped
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plain.", [("answer", "Plain.")]),
        ("", []),
        ("<think>why</think>\n\nSo.", [("thought", "why"), ("answer", "So.")]),
        ("\n<think>\nwhy\n</think>So.", [("thought", "why\n"), ("answer", "So.")]),
        ("<think>\n\n</think>\n\nSo.", [("answer", "So.")]),
        ("<think></think>", []),
        ("<think>never closed", [("thought", "never closed")]),
        ("<think>a</think>b <think>c</think>d",
         [("thought", "a"), ("answer", "b "), ("thought", "c"), ("answer", "d")]),
        ("</think>\n\nSo.", [("answer", "So.")]),
        ("Write </think> to close.", [("answer", "Write </think> to close.")]),
        ("<think>a <think> inside</think>b", [("thought", "a <think> inside"), ("answer", "b")]),
        ("1 < 2 and <thin ice", [("answer", "1 < 2 and <thin ice")]),
        ("ends in <thi", [("answer", "ends in <thi")]),
        ("<think>ends in </thi", [("thought", "ends in </thi")]),
        ("</thi", [("answer", "</thi")]),
    ],
)
def test_thought_and_answer(text: str, expected: list[tuple[str, str]]) -> None:
    assert runs(text) == expected
    assert runs(*text) == expected


PARTS = st.sampled_from(["<think>", "</think>", "<", "think>", "</", ">", " ", "\n", "a", "So. "])


@given(st.lists(PARTS, max_size=12).map("".join), st.data())
def test_the_cuts_make_no_difference(text: str, data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, len(text)), max_size=6).map(sorted))
    pieces = [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]
    assert runs(*pieces) == runs(text)


# Without halves of tags: what is left around a tag may look like another one.
WHOLE = st.sampled_from(["<think>", "</think>", " ", "\n", "a", "So. "])


@given(st.lists(WHOLE, max_size=12).map("".join))
def test_nothing_but_tags_and_blanks_is_lost(text: str) -> None:
    letters = "".join(piece.text for piece in separated([text]))
    assert _bare(letters) == _bare(text)
    assert all(piece.text for piece in separated([text]))


def _bare(text: str) -> str:
    return re.sub(r"</?think>|\s", "", text)


def test_text_comes_as_soon_as_it_can_be_no_tag() -> None:
    pieces = iter(["Hello ", "<th", "ere", " never asked for"])
    found = separated(pieces)
    assert next(found).text == "Hello "
    assert next(found).text == "<there"


@pytest.mark.parametrize(
    ("prompt", "begun", "expected"),
    [
        ("<user>Hi<bot>", "", False),
        ("<user>Hi<bot><think>\n", "", True),
        ("<user>Hi<bot><think>\n\n</think>\n\n", "", False),
        ("<user>what is <think><bot>", "", False),
        ("<user>Hi<bot><think>\nI need not think.", "I need not think.", True),
        ("<user>Hi<bot><think>\nNo.</think>\nIt", "No.</think>\nIt", False),
        ("<user>Hi<bot><think>\nOkay", "<think>\nOkay", True),
    ],
)
def test_a_prompt_may_end_inside_a_thought(prompt: str, begun: str, expected: bool) -> None:
    assert left_open(prompt, begun) is expected
