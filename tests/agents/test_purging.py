"""A purge removes what was told from every store, counts by reading, and leaves the model alone."""

from collections.abc import Callable

import pytest

from agents.copies import By
from agents.errors import NothingToForget
from agents.events import MemoryKept, PlanProposed, ReceiptIssued
from agents.session import Session
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
