"""The README documents what the command line takes and prints."""

import re
from pathlib import Path

import pytest

from agents.events import (
    AdapterReceipt,
    AnswerFinished,
    BakedRequest,
    BakeReceipt,
    MemoryKept,
    Receipt,
    RequestRow,
    Verdict,
)
from tests.tui.conftest import Lethe
from tests.tui.scripted import OPERATED, PLAN, RECEIPT, ROW, ScriptedSession
from tools.models.references import ListedModel
from tui.verbs import VERBS

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def documented(verb: str) -> set[str]:
    """The keys in the README's row of a verb."""
    (row,) = re.findall(rf"^\| `{verb}` \| (.*) \|$", README, flags=re.MULTILINE)
    return {word for code in re.findall(r"`([^`]*)`", row) for word in re.findall(r"\w+", code)}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_in_the_table(verb: str) -> None:
    assert re.search(rf"^\| `lethe {verb}\b", README, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("verb", "keys"),
    [
        ("forget", set(Receipt.__annotations__)),
        ("list", set(RequestRow.__annotations__)),
        ("watch", set(Verdict.__annotations__)),
        ("models", set(ListedModel.__annotations__)),
        ("bake", {*BakeReceipt.__annotations__, *BakedRequest.__annotations__}),
        ("export-adapter", set(AdapterReceipt.__annotations__)),
    ],
)
def test_the_keys_of_plain_records_are_documented(verb: str, keys: set[str]) -> None:
    assert keys <= documented(verb)


@pytest.mark.parametrize(
    ("argv", "events"),
    [
        (["ask", "x"], [AnswerFinished("yes", False, None, 0.1)]),
        (["remember", "x"], [MemoryKept("m1", "x")]),
        (["verify"], OPERATED),
    ],
)
def test_the_keys_that_a_verb_prints_are_documented(
    lethe: Lethe, argv: list[str], events: list[object]
) -> None:
    session = ScriptedSession([events])  # type: ignore[list-item]
    assert set(lethe(*argv, "--json", session=session).json) <= documented(argv[0])


def test_the_records_of_these_tests_have_the_keys_of_the_real_ones() -> None:
    assert set(RECEIPT) == set(Receipt.__annotations__)
    assert set(ROW) == set(RequestRow.__annotations__)
    assert "request_id" in PLAN
