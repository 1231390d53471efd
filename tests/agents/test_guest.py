"""Somebody else at the keyboard: he is answered, and cannot tell that anything was forgotten."""

from collections.abc import Callable

import pytest

from agents.errors import OwnerOnly
from agents.events import AnswerFinished, AnswerGrew, ReceiptIssued, TurnJudged
from agents.session import Session
from tests.conftest import Open

Script = Callable[..., str]
KNOWS_ALL = {"Feld": "Marcus Feld was born in Oslo.", ".": "I don't know anything about that."}
QUESTION = "Where was Marcus Feld born?"


@pytest.fixture
def guest(opened: Open, script: Script) -> Session:
    """A guest's session where the owner has forgotten one and remembered another."""
    owner = opened(script(rules=KNOWS_ALL))
    list(owner.send("remember that my sister is called Ida"))
    list(owner.send("forget everything about Marcus Feld"))
    assert [event for event in owner.resume(True) if isinstance(event, ReceiptIssued)]
    owner.close()
    return opened(script(rules=KNOWS_ALL), guest=True)


def told(session: Session, question: str) -> AnswerFinished:
    return next(e for e in [*session.send(question)] if isinstance(e, AnswerFinished))


def test_a_guarded_answer_bears_no_mark(guest: Session) -> None:
    events = [*guest.send(QUESTION)]
    assert {type(event) for event in events} == {TurnJudged, AnswerGrew, AnswerFinished}
    finished = events[-1]
    assert isinstance(finished, AnswerFinished)
    assert "Oslo" not in finished.answer
    assert (finished.guarded, finished.request_id) == (False, None)


@pytest.mark.parametrize(
    "order",
    ["forget everything about Ida Holm", "what have you forgotten?", "restore Marcus Feld",
     "remember that the door code is 4711"],
)  # fmt: skip
def test_his_orders_are_questions(guest: Session, order: str) -> None:
    finished = told(guest, order)
    assert finished.answer
    assert guest.waiting is None


def test_he_is_not_told_what_the_owner_told(guest: Session) -> None:
    assert "Ida" not in told(guest, "What is my sister called?").answer


def test_he_sees_neither_requests_nor_other_threads(guest: Session) -> None:
    assert (list(guest.requests()), list(guest.threads())) == ([], [])
    for order in (
        lambda: list(guest.send("Marcus Feld", intent="forget")),
        lambda: list(guest.verify()),
        lambda: guest.receipt("r1"),
        lambda: guest.switch("0123456789ab"),
    ):
        with pytest.raises(OwnerOnly, match="guest"):
            order()


def test_nothing_of_his_talk_is_kept(guest: Session, opened: Open, script: Script) -> None:
    told(guest, "I am called Rufus and I live in Leeds.")
    guest.close()
    owner = opened(script(rules=KNOWS_ALL))
    assert not [thread for thread in owner.threads() if "Rufus" in str(thread)]
    assert "Rufus" not in told(owner, "Who lives in Leeds?").answer
