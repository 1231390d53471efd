"""A purge removes what was told from every store, counts by reading, and leaves the model alone."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from agents.context import Limits
from agents.copies import By
from agents.errors import NothingToForget
from agents.events import MemoryKept, PlanProposed, ReceiptIssued
from agents.session import Session
from memory.vectors import VectorStore
from tests.conftest import Open

NOTHING = {"memories": 0, "kept_for_restore": 0, "threads": 0, "lines": 0}


@pytest.fixture
def session(opened: Open, script: Callable[..., str]) -> Session:
    """Somebody has told three things and talked about one of them."""
    session = opened(script(*["I see."] * 20), thread_id="old")
    for told in ("Marcus Feld repairs violins", "Anna Berg is my dentist", "Bees need water"):
        list(session.send(f"remember that {told}"))
    list(session.send("What does Marcus Feld repair?"))
    session.switch("new")
    return session


@pytest.mark.parametrize(("by", "text", "memories", "lines"), [
    ("subject", "Marcus Feld", 1, 2), ("fact", "Anna Berg is my dentist", 1, 0),
    ("topic", "Anna Berg", 1, 0), ("source", "told", 3, 0), ("thread", "old", 3, 2),
])
def test_what_is_meant_goes_and_nothing_else(
    session: Session, by: By, text: str, memories: int, lines: int
) -> None:
    plan = session.plan_purge(by, text)
    found = plan["found"]
    assert (found["memories"], found["lines"]) == (memories, lines)
    before = {row["text"] for row in session._context.memories.all()}  # type: ignore[attr-defined]
    receipt = session.purge(plan)
    assert receipt["left"] == NOTHING
    after = {row["text"] for row in session._context.memories.all()}  # type: ignore[attr-defined]
    assert before - after == {memory["text"] for memory in plan["memories"]}
    with pytest.raises(NothingToForget):
        session.plan_purge(by, text)


@pytest.fixture
def mentioned(session: Session) -> Session:
    """The same, where a theme was spoken of, and something said in passing was kept."""
    session.switch("talk")
    list(session.send("Are violins hard to tune?"))
    list(session.send("I bought my first violin from a shop in Cremona"))
    list(session.send("I like the word told"))
    session.switch("new")
    return session


def said_in(session: Session, thread_id: str) -> list[str]:
    session.switch(thread_id)
    return [line["content"] for line in session.transcript() if line["role"] == "user"]


def test_a_theme_leaves_the_talk_that_names_it_or_told_what_goes(mentioned: Session) -> None:
    plan = mentioned.plan_purge("topic", "violin")
    assert {"Marcus Feld repairs violins", "I bought my first violin from a shop in Cremona"} == {
        memory["text"] for memory in plan["memories"]
    }
    assert (plan["found"]["threads"], plan["found"]["lines"]) == (1, 4)
    assert mentioned.purge(plan)["left"] == NOTHING
    assert said_in(mentioned, "talk") == ["I like the word told"]


def test_what_was_told_in_passing_leaves_the_talk_too_and_the_word_for_it_stays(
    mentioned: Session,
) -> None:
    plan = mentioned.plan_purge("source", "chat")
    assert plan["found"]["lines"] == 4
    assert mentioned.purge(plan)["left"] == NOTHING
    assert said_in(mentioned, "talk") == ["Are violins hard to tune?"]
    list(mentioned.send("I like my chat"))
    told = mentioned.plan_purge("source", "told")
    assert (told["found"]["memories"], told["found"]["lines"]) == (3, 0)


def texts(session: Session) -> list[str]:
    return [row["text"] for row in session._context.memories.all()]  # type: ignore[attr-defined]


@pytest.fixture
def garden(opened: Open, script: Callable[..., str]) -> Session:
    """Somebody had one thing remembered and said another in passing."""
    session = opened(script(rules={".": "I see."}))
    list(session.send("remember that Bees need water"))
    list(session.send("I told my sister about the garden"))
    return session


def test_what_was_ordered_goes_alone_and_nothing_is_said_to_be_left(garden: Session) -> None:
    receipt = garden.purge(garden.plan_purge("source", "told"))
    assert receipt["left"] == NOTHING
    assert texts(garden) == ["I told my sister about the garden"]


@pytest.mark.parametrize(("source", "ordered"), [
    ("chat", "the Chat with Bob is on Friday"), (" Chat ", "the Chat with Bob is on Friday"),
])
def test_where_nothing_was_said_in_passing_the_word_for_it_means_nothing_else(
    opened: Open, script: Callable[..., str], source: str, ordered: str
) -> None:
    session = opened(script("I see."))
    list(session.send(f"remember that {ordered}"))
    with pytest.raises(NothingToForget):
        session.plan_purge("source", source)
    assert texts(session) == [ordered]


def test_a_memory_is_looked_for_as_it_was_said_and_not_inside_of_other_talk(
    opened: Open, script: Callable[..., str]
) -> None:
    session = opened(script(rules={".": "I see."}), "talk")
    for told in ("Anna", "yes", "I like it"):
        list(session.send(told, intent="remember"))
    for line in ("Is Anna Karenina a novel?", "yes", "Do you think that I like it here?"):
        list(session.send(line))
    plan = session.plan_purge("source", "told")
    assert (plan["found"]["memories"], plan["found"]["lines"]) == (3, 0)
    assert session.purge(plan)["left"] == NOTHING
    assert len(said_in(session, "talk")) == 3


def test_an_answer_that_quotes_a_memory_goes_with_it(
    opened: Open, script: Callable[..., str]
) -> None:
    session = opened(script(rules={".": "I see."}), "talk")
    too_small = Limits(room_for_memories=1 << 30)
    session._context = replace(session._context, limits=too_small)
    list(session.send("remember that Bo sings"))
    list(session.send("Bo sings, right?"))
    assert session.transcript()[-1]["content"] == "You told me: Bo sings"
    plan = session.plan_purge("source", "told")
    assert (plan["found"]["memories"], plan["found"]["lines"]) == (1, 2)
    assert session.purge(plan)["left"] == NOTHING
    assert session.transcript() == []


def test_a_document_is_counted_the_way_it_was_found(garden: Session) -> None:
    garden._context.memories.add(
        "Wax melts at 62 degrees", thread_id="t", role="user", source="bees.pdf"
    )
    list(garden.send("remember that I read bees.pdf on Monday"))
    by_source = garden.plan_purge("source", "bees.pdf")
    assert [memory["text"] for memory in by_source["memories"]] == ["Wax melts at 62 degrees"]
    assert garden.purge(by_source)["left"] == NOTHING
    assert garden.purge(by_source)["left"] == NOTHING  # again: what was agreed to, no more
    assert "I read bees.pdf on Monday" in texts(garden)
    by_name = garden.plan_purge("source", "bees.pdf")
    assert [memory["text"] for memory in by_name["memories"]] == ["I read bees.pdf on Monday"]
    assert garden.purge(by_name)["left"] == NOTHING


def test_of_a_document_that_only_a_request_still_keeps_nothing_else_goes(garden: Session) -> None:
    garden._context.memories.add(
        "Zorblax keeps bees", thread_id="t", role="user", source="bees.pdf"
    )
    list(garden.send("remember that I read bees.pdf on Monday"))
    list(garden.send("forget everything about Zorblax"))
    list(garden.resume(True))
    plan = garden.plan_purge("source", "bees.pdf")
    assert (plan["memories"], plan["found"]["kept_for_restore"]) == ([], 1)
    assert garden.purge(plan)["left"] == NOTHING
    assert "I read bees.pdf on Monday" in texts(garden)


def test_a_damaged_conversation_keeps_no_other_from_going(mentioned: Session) -> None:
    with mentioned._context.saved.saver.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("UPDATE checkpoints SET checkpoint = x'c1c1' WHERE thread_id = 'talk'")
    plan = mentioned.plan_purge("thread", "old")
    assert (plan["found"]["memories"], plan["found"]["lines"]) == (3, 2)
    assert mentioned.purge(plan)["left"] == NOTHING


def test_a_purge_by_theme_that_was_cut_off_can_be_run_again(
    mentioned: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    plan = mentioned.plan_purge("topic", "violin")
    with monkeypatch.context() as patched:
        patched.setattr(VectorStore, "remove", cut_off)
        with pytest.raises(KeyboardInterrupt):
            mentioned.purge(plan)
    again = mentioned.plan_purge("topic", "violin")
    assert again["memories"] == plan["memories"]
    assert mentioned.purge(again)["left"] == NOTHING
    assert said_in(mentioned, "talk") == ["I like the word told"]


def test_looking_changes_nothing(session: Session) -> None:
    first = session.plan_purge("subject", "Marcus Feld")
    assert session.plan_purge("subject", "Marcus Feld") == first


def test_what_a_request_keeps_for_a_restore_goes_too(session: Session) -> None:
    proposal = [*session.send("forget everything about Marcus Feld")][-1]
    assert isinstance(proposal, PlanProposed)
    list(session.resume(True))
    plan = session.plan_purge("subject", "Marcus Feld")
    assert plan["found"] == {**NOTHING, "kept_for_restore": 1}
    assert session.purge(plan)["left"] == NOTHING
    assert "violins" not in str(session._context.ledger.forgotten())
    list(session.send("restore Marcus Feld"))
    restored = [e for e in session.resume(True) if isinstance(e, ReceiptIssued)]
    assert restored[0].receipt["state"] == "restored"
    assert "Marcus Feld" not in str(session._context.memories.all())  # type: ignore[attr-defined]


def test_what_a_purged_thread_had_asked_goes_along(session: Session) -> None:
    session.switch("old")
    assert isinstance([*session.send("forget everything about Marcus Feld")][-1], PlanProposed)
    session.switch("new")
    session.purge(session.plan_purge("thread", "old"))
    assert "violins" not in str(session._context.ledger.get("r1"))
    assert session.requests()[0]["state"] == "declined"


def test_a_purged_thread_cannot_be_written_again(session: Session) -> None:
    session.purge(session.plan_purge("thread", "old"))
    session.switch("old")
    list(session.send("What does Marcus Feld repair?"))
    assert "old" not in [thread["thread_id"] for thread in session.threads()]


def test_it_can_be_told_again_afterwards(session: Session) -> None:
    session.purge(session.plan_purge("subject", "Anna Berg"))
    kept = [*session.send("remember that Anna Berg is my dentist")]
    assert any(isinstance(event, MemoryKept) for event in kept)


@pytest.mark.parametrize("by", ["subject", "fact", "topic", "thread", "source"])
def test_nothing_to_purge_is_said(session: Session, by: By) -> None:
    with pytest.raises(NothingToForget, match=f"by the {by} 'Zorblax of Nowhere'"):
        session.plan_purge(by, "Zorblax of Nowhere")


def test_what_a_declined_plan_showed_goes_when_it_is_declined(session: Session) -> None:
    list(session.send("forget everything about Marcus Feld"))
    assert "violins" in str(session._context.ledger.get("r1"))
    list(session.resume(False))
    record = session._context.ledger.get("r1")
    assert "violins" not in str(record)
    assert len(record["plan"]["memories"]) == 1
