"""What a private session does with orders, and that what is forgotten stands in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agents.errors import DECLINED, KeepsNothing
from agents.events import AnswerFinished, Notice, RequestsListed
from agents.session import Session
from memory.key import KeyFile, unsealed_by
from memory.ledger import Ledger
from tests.conftest import Open
from tests.memory.conftest import bytes_of
from tools.models.bake_order import BakeOrder

Script = Callable[..., str]
KNOWS_ALL = {"Feld": "Marcus Feld was born in Oslo.", ".": "I don't know anything about that."}
QUESTION = "Where was Marcus Feld born?"


@pytest.fixture
def private(opened: Open, script: Script) -> Session:
    """A private session where the owner has forgotten one and remembered another."""
    owner = opened(script(rules=KNOWS_ALL))
    list(owner.send("remember that my sister is called Ida"))
    list(owner.send("forget everything about Marcus Feld"))
    list(owner.resume(True))
    owner.close()
    return opened(script(rules=KNOWS_ALL), private=True)


def told(session: Session, question: str) -> AnswerFinished:
    return next(e for e in [*session.send(question)] if isinstance(e, AnswerFinished))


def test_what_was_forgotten_stays_so(private: Session) -> None:
    finished = told(private, QUESTION)
    assert finished.guarded
    assert "Oslo" not in finished.answer


def test_no_memory_is_read(private: Session) -> None:
    assert "Ida" not in told(private, "What is my sister called?").answer


def test_the_talk_goes_on_in_memory(private: Session) -> None:
    told(private, "I am called Rufus.")
    assert private.transcript()[0]["content"] == "I am called Rufus."
    assert [thread["title"] for thread in private.threads()] == ["I am called Rufus."]


@pytest.mark.parametrize(
    "order",
    ["forget everything about Ida Holm", "restore Marcus Feld", "keep chats forever",
     "remember that the door code is 4711", "forget chats after 30 days"],
)  # fmt: skip
def test_an_order_is_declined_in_one_line(private: Session, order: str) -> None:
    events = [*private.send(order)]
    assert [event.text for event in events if isinstance(event, Notice)] == [DECLINED]
    assert private.waiting is None


def test_the_requests_can_be_seen(private: Session) -> None:
    events = [*private.send("what have you forgotten?")]
    assert any(isinstance(event, RequestsListed) for event in events)
    assert private.receipt("r1")["state"] == "active"


def test_verbs_that_write_are_refused(private: Session, tmp_path: Path) -> None:
    for act in (
        lambda: list(private.verify()),
        lambda: private.bake(BakeOrder(tmp_path / "x"), lambda *_: None),
        lambda: private.export_adapter(tmp_path / "x"),
        lambda: private.keep_chats(3),
        lambda: private.plan_purge("subject", "Marcus Feld"),
    ):
        with pytest.raises(KeepsNothing, match="keeps nothing"):
            act()


def test_for_a_request_that_a_crash_left_half_done_the_guard_stands(
    opened: Open, script: Script, tmp_path: Path
) -> None:
    owner = opened(script(rules=KNOWS_ALL))
    list(owner.send("forget everything about Marcus Feld"))
    owner.close()
    data = tmp_path / "data"
    seal = unsealed_by(KeyFile(data / "config" / "key"), data / "seal")
    ledger = Ledger(data / "ledger.sqlite3", seal)
    ledger.advance("r1", "approved")
    ledger.close()
    before = bytes_of(tmp_path / "data" / "ledger.sqlite3")
    private = opened(script(rules=KNOWS_ALL), private=True)
    assert told(private, QUESTION).guarded
    private.close()
    assert bytes_of(tmp_path / "data" / "ledger.sqlite3") == before


def test_a_guest_can_be_private_too(private: Session, opened: Open, script: Script) -> None:
    private.close()
    guest = opened(script(rules=KNOWS_ALL), private=True, guest=True)
    finished = told(guest, QUESTION)
    assert "Oslo" not in finished.answer
    assert not finished.guarded
