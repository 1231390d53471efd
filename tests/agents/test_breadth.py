"""Requests that would ruin more than they forget are refused, in one line that offers less."""

from collections.abc import Callable

import pytest

from agents.breadth import refuse_broad
from agents.errors import NothingToForget, TooBroad
from agents.events import PlanProposed
from tests.conftest import Open

Script = Callable[..., str]

COMMON = ["the", "what", "people", "name", "time", "work", "it", "he or she", "life", "the world"]
LANGUAGE = ["English", "the English language", "language", "all languages", "grammar", "Deutsch"]
EVERYBODY = ["everyone", "every person", "all people", "each human", "everybody else", "all names"]
ITSELF = ["yourself", "you", "your memory", "your own self", "Lethe", "the model", "me"]
ALL = ["everything", "everything you know", "all you ever learned", "all knowledge", "anything"]
LETTERS = ["a", "x", "Q.", "ß", "é", "李", "ab", "I"]
FOREIGN = [
    "und", "alles", "jeder Mensch", "le", "tout", "todo", "la gente", "tutto", "tudo", "alles",
    "wszystko", "allt", "всё", "люди", "herkes", "一切", "所有人", "全部", "すべて", "모든 사람",
    "كل شيء", "सब कुछ",
]
DATES = [
    "2024-05-01", "01.05.2024", "1/5", "1984", "May", "3 May", "May 3rd, 2024", "Monday", "10:30",
    "Dienstag", "3. Mai 2024", "le 14 juillet", "2024年5月1日",
]
NUMBERS = ["7", "42", "3.14", "100 %", "1,000", "-5", "one thing"]
ALL_BROAD = [
    *COMMON, *LANGUAGE, *EVERYBODY, *ITSELF, *ALL, *LETTERS, *FOREIGN, *DATES, *NUMBERS,
]
EMPTY = ["", "  ", "?!", "*", "***", ".*", "%", "the", "all of the", "_"]
NARROW = [
    "Marcus Feld", "marcus feld", "the wedding", "my PIN", "my PIN 4711", "May Whitfield", "Li Na",
    "李明", "田中", "Ида", "+43 660 1234567", "report.pdf", "chess",
    "the meeting on Monday at Rita's", "Everyman's Library", "IBM", "Apollo 11",
    "the year my father died",
]  # fmt: skip


@pytest.mark.parametrize("subject", ALL_BROAD)
def test_what_is_too_broad_is_refused_with_something_narrower(subject: str) -> None:
    with pytest.raises((TooBroad, NothingToForget)) as refusal:
        refuse_broad(subject, "entity")
    message = str(refusal.value)
    assert "\n" not in message
    assert any(offer in message for offer in ("name one", "Name a", "give the full", "say whose"))


@pytest.mark.parametrize("subject", EMPTY)
def test_what_names_nothing_is_asked_for(subject: str) -> None:
    with pytest.raises(NothingToForget, match="Name a person, a thing, a fact"):
        refuse_broad(subject, "topic")


@pytest.mark.parametrize("subject", NARROW)
def test_one_person_thing_or_fact_is_not_refused(subject: str) -> None:
    refuse_broad(subject, "entity")


def test_this_conversation_is_never_too_broad() -> None:
    refuse_broad("this conversation", "thread")


@pytest.mark.parametrize("subject", ["yourself", "every person", "English", "1984", "und", "x"])
def test_the_graph_proposes_nothing_for_it(opened: Open, script: Script, subject: str) -> None:
    session = opened(script(rules={".": "I see."}))
    with pytest.raises((TooBroad, NothingToForget)):
        list(session.send(subject, intent="forget"))
    assert session.requests() == ()
    assert session.waiting is None
    proposed = list(session.send("forget everything about Marcus Feld"))[-1]
    assert isinstance(proposed, PlanProposed)
