"""Every receipt counts the copies that anybody could read; the model's context is cleared."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agents.events import Receipt, ReceiptIssued
from agents.session import Session
from memory.errors import StoreCorrupt
from memory.scan import Scanner
from tests.conftest import Open
from tools.models.scripted import ScriptedModel

KNOWS_ALL = {"Feld": "Marcus Feld was born in Oslo.", ".": "I don't know anything about that."}


@pytest.fixture
def session(opened: Open, script: Callable[..., str]) -> Session:
    session = opened(script(rules=KNOWS_ALL))
    list(session.send("remember that Marcus Feld owes me ten euros"))
    return session


def forget(session: Session) -> Receipt:
    list(session.send("forget everything about Marcus Feld"))
    return next(e.receipt for e in session.resume(True) if isinstance(e, ReceiptIssued))


def test_nothing_is_left_in_plain(session: Session) -> None:
    assert forget(session)["scan"] == {}


def test_what_is_left_is_counted_by_store(session: Session, tmp_path: Path) -> None:
    state = tmp_path / "data" / "state"
    state.mkdir()
    (state / "preferences.json").write_text("MARCUS FELD, Marcus Feld OWES me ten euros")
    (tmp_path / "data" / "note").write_bytes("Marcus Feld".encode("utf-16"))
    receipt = forget(session)
    assert receipt["scan"] == {"preferences": 3, "unknown file": 1}
    assert session.receipt(receipt["request_id"])["scan"] == receipt["scan"]


def test_a_scan_that_fails_fails_no_request(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> dict[str, int]:
        raise StoreCorrupt("damaged")

    monkeypatch.setattr(Scanner, "copies", refuse)
    receipt = forget(session)
    assert (receipt["state"], receipt["scan"]) == ("active", None)


def test_the_model_is_cleared_when_a_request_is_done(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    cleared: list[object] = []

    def clear(model: ScriptedModel) -> None:
        cleared.append(model)

    monkeypatch.setattr(ScriptedModel, "clear", clear)
    forget(session)
    assert len(cleared) == 1
