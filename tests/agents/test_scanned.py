"""Copies are counted: for every receipt those that anybody could read, and all when asked for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agents.errors import KeepsNothing, OwnerOnly
from agents.events import FilesScanned, Receipt, ReceiptIssued
from agents.session import Session
from memory.errors import StoreCorrupt, TextTooShort
from memory.scan import Report, Scanner
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


def scanned(session: Session, text: str) -> Report:
    (report,) = (e.report for e in session.scan(text) if isinstance(e, FilesScanned))
    return report


def places(report: Report) -> set[tuple[str, str]]:
    return {(row["store"], row["readable"]) for row in report["found"]}


def test_an_open_session_looks_through_its_own_files(session: Session) -> None:
    told = scanned(session, "Marcus Feld owes me ten euros")
    assert places(told) == {("memories", "key"), ("vectors", "key")}
    assert told["vectors"]
    forget(session)
    kept_for_restore = scanned(session, "Marcus Feld owes me ten euros")
    assert places(kept_for_restore) == {("ledger", "key")}


def test_a_text_that_chance_would_find_is_refused(session: Session) -> None:
    with pytest.raises(TextTooShort, match="'Bo' is too short"):
        list(session.scan("Bo"))


def test_only_the_owner_of_a_session_that_keeps_looks(
    opened: Open, script: Callable[..., str]
) -> None:
    guest = opened(script(rules=KNOWS_ALL), guest=True)
    with pytest.raises(OwnerOnly):
        list(guest.scan("Marcus Feld"))
    guest.close()
    private = opened(script(rules=KNOWS_ALL), private=True)
    with pytest.raises(KeepsNothing):
        list(private.scan("Marcus Feld"))
