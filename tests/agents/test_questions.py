"""A proposal waits for its owner's word as long as the question can be answered, and no longer."""

from collections.abc import Callable
from pathlib import Path

import pytest
from langgraph.types import Command

from agents.events import (
    AnswerFinished,
    Notice,
    PlanProposed,
    ReceiptIssued,
    RestoreProposed,
)
from agents.session import Session
from memory.ledger_check import write_off
from tests.conftest import Open

Again = Callable[..., Session]


@pytest.fixture
def again(opened: Open, script: Callable[..., str]) -> Again:
    """`again(thread_id)` opens the same directory once more."""
    model = script(rules={".": "I don't know anything about that."})

    def open_again(thread_id: str | None = None) -> Session:
        return opened(model, thread_id)

    return open_again


@pytest.fixture
def asked(again: Again) -> Session:
    """A session in which somebody was asked whether to forget, and has not answered."""
    session = again("asked")
    list(session.send("remember that Marcus Feld repairs violins"))
    assert isinstance([*session.send("forget everything about Marcus Feld")][-1], PlanProposed)
    return session


def states(session: Session) -> list[str]:
    return [row["state"] for row in session.requests()]


def agree_and_crash(session: Session) -> None:
    """Say yes to a graph that stops where a crash might: it is saved, and nothing is done yet."""
    list(session._graph.stream(
        Command(resume=True), session._config, context=session._context, stream_mode="custom",
        durability="sync", interrupt_before=["operate"],
    ))


def test_a_question_that_can_still_be_answered_stays_open(asked: Session, again: Again) -> None:
    asked.close()
    session = again("asked")
    assert states(session) == ["proposed"]
    assert isinstance(session.waiting, PlanProposed)
    list(session.resume(True))
    assert states(session) == ["active"]


def test_a_question_that_went_with_its_thread_is_settled_at_the_next_start(
    asked: Session, again: Again
) -> None:
    asked._threads.forget_thread("asked")
    assert states(asked) == ["proposed"]
    asked.close()
    session = again()
    assert states(session) == ["declined"]
    assert "violins" not in str(session._context.ledger.get("r1"))
    assert [m["text"] for m in session._context.memories.all()] == [  # type: ignore[attr-defined]
        "Marcus Feld repairs violins"
    ]


def test_a_question_that_gave_way_to_another_is_settled_too(asked: Session, again: Again) -> None:
    plan = asked._context.ledger.get("r1")["plan"]
    asked._context.ledger.propose(plan, findings=None, thread_id="asked")  # type: ignore[arg-type]
    asked.close()
    assert states(again()) == ["declined", "proposed"]


def test_a_yes_that_a_crash_kept_from_the_ledger_is_carried_out(
    asked: Session, again: Again
) -> None:
    agree_and_crash(asked)
    assert states(asked) == ["proposed"]
    asked.close()
    session = again()
    assert states(session) == ["active"]
    assert session._context.memories.all() == []  # type: ignore[attr-defined]


def test_a_yes_outlives_the_settling_of_other_questions(asked: Session, again: Again) -> None:
    agree_and_crash(asked)
    asked.switch("another")
    asked.discard()
    assert states(asked) == ["proposed"]


def test_a_talk_that_is_thrown_away_takes_its_question_along(asked: Session) -> None:
    asked.discard()
    assert states(asked) == ["declined"]
    assert "violins" not in str(asked._context.ledger.get("r1"))


def test_a_question_about_a_request_that_was_lost_keeps_nobody_from_the_talk(
    asked: Session, again: Again, tmp_path: Path
) -> None:
    asked.close()
    write_off(tmp_path / "data" / "ledger.sqlite3", 1, {1})
    session = again("asked")
    assert session.waiting is None
    assert isinstance([*session.send("Who is Anna?")][-1], AnswerFinished)


def test_a_restore_of_which_a_request_was_lost_brings_back_the_rest_and_says_so(
    asked: Session, again: Again, tmp_path: Path
) -> None:
    list(asked.resume(True))
    list(asked.send("remember that Marcus Feldt sings"))
    list(asked.send("forget everything about Marcus Feldt"))
    list(asked.resume(True))
    proposed = [*asked.send("restore Marcus")][-1]
    assert isinstance(proposed, RestoreProposed)
    assert [row["request_id"] for row in proposed.requests] == ["r2", "r1"]
    asked.close()
    write_off(tmp_path / "data" / "ledger.sqlite3", 2, {1})
    session = again("asked")
    events = [*session.resume(True)]
    assert [e.receipt["request_id"] for e in events if isinstance(e, ReceiptIssued)] == ["r2"]
    assert [e.text for e in events if isinstance(e, Notice)] == [
        "r1 is lost: nothing of it could be restored"
    ]
    assert states(session) == ["restored"]
    assert session.waiting is None


def test_where_the_talk_is_damaged_nothing_is_settled(asked: Session, again: Again) -> None:
    asked._context.unread.append("damaged")
    asked.discard()
    assert states(asked) == ["proposed"]
