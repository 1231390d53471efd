"""`lethe purge`: what is kept is shown, removed after consent, and counted again."""

import pytest

from tests.tui.conftest import Lethe
from tests.tui.scripted import NONE_LEFT, ScriptedSession


def test_counts_before_and_after_are_told(lethe: Lethe) -> None:
    ran = lethe("purge", "Marcus", "Feld", "--yes", session=(session := ScriptedSession()))
    assert ran.status == 0
    title, head, *rows = ran.out.splitlines()
    assert title == "Purged by the subject 'Marcus Feld'"
    assert head.split() == ["kept", "before", "after"]
    assert [row.split()[-3:] for row in rows] == [
        ["memories", "1", "0"], ["restore", "1", "0"], ["threads", "2", "0"], ["lines", "4", "0"],
    ]
    assert ("purge", "Marcus Feld") in session.calls


@pytest.mark.parametrize("by", ["subject", "fact", "topic", "thread", "source"])
def test_every_way_to_name_it(lethe: Lethe, by: str) -> None:
    record = lethe("purge", "x", "--by", by, "--yes", "--json").json
    assert (record["purged"], record["by"], record["left"]) == (True, by, NONE_LEFT)


def test_without_a_yes_nothing_is_removed(lethe: Lethe) -> None:
    session = ScriptedSession()
    ran = lethe("purge", "x", "--json", session=session)
    assert (ran.status, ran.json["purged"]) == (1, False)
    assert ran.json["plan"]["found"]["lines"] == 4
    assert not [call for call in session.calls if call[0] == "purge"]


@pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("n\n", 1), ("", 1)])
def test_the_owner_is_asked(
    lethe: Lethe, monkeypatch: pytest.MonkeyPatch, typed: str, status: int
) -> None:
    monkeypatch.setattr("tui.main._somebody_there", lambda: True)
    ran = lethe("purge", "x", stdin=typed.encode())
    assert ran.status == status
    assert "He repairs violins" in ran.err


def test_a_copy_that_is_left_is_never_called_success(lethe: Lethe) -> None:
    session = ScriptedSession(left={**NONE_LEFT, "lines": 1})
    ran = lethe("purge", "x", "--yes", "--json", session=session)
    assert (ran.status, ran.json["purged"]) == (1, False)


def test_an_unknown_way_is_named(lethe: Lethe) -> None:
    ran = lethe("purge", "x", "--by", "colour")
    assert ran.status == 2
    assert "'colour'" in ran.err
