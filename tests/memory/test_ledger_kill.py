"""A ledger killed at any moment holds the step or does not; it is never in between, never lost."""

from contextlib import closing
from pathlib import Path

import pytest

from memory.ledger import Ledger
from memory.sqlite import connect
from tests.memory.conftest import GLASS, Killed, sidecars

SCRIPT = """
from pathlib import Path
from tests.memory.conftest import GLASS
from memory.ledger import Ledger
ledger = Ledger(Path({path!r}), GLASS)
plan = {{"subject": "Marcus Feld", "aliases": [], "scope": "entity", "method": "auto"}}
for step in {steps!r}:
    if step == "propose":
        request_id = ledger.propose(plan, findings=None, thread_id="t")
    elif step == "arm":
        arm()
    else:
        memories = [dict(id=str(n), text="Zorblax %d" % n) for n in range(300)]
        fields = dict(purged=memories) if step == "operating" else dict()
        ledger.advance(request_id, step, **fields)
"""
WAY = ("propose", "approved", "operating", "verified", "active", "restoring", "restored")


@pytest.mark.parametrize("step", range(len(WAY)))
@pytest.mark.parametrize("moment", [
    ("memory.ledger:Ledger._write", "before"),
    ("memory.ledger:Ledger._write", "after"),
])
def test_a_step_is_taken_whole_or_not_at_all(
    tmp_path: Path, killed: Killed, step: int, moment: tuple[str, str]
) -> None:
    path = tmp_path / "ledger.sqlite3"
    steps = (*WAY[:step], "arm", WAY[step])
    killed(*moment, SCRIPT.format(path=str(path), steps=steps))
    ledger = Ledger(path, GLASS)
    records = ledger.records()
    ledger.close()
    if step == 0:
        assert records == []
    else:
        state = "proposed" if step == 1 else WAY[step - 1]
        assert [record["state"] for record in records] == [state]
        kept = records[0]["purged"]
        assert (kept and kept[0]) == ({"id": "0", "text": "Zorblax 0"} if step > 2 else None)


def scrub_is_due(path: Path) -> bool:
    connection = connect(path)
    with closing(connection):
        return bool(connection.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("target", ["memory.ledger:scrub", "memory.sqlite:empty_log"])
def test_bytes_that_a_crash_left_go_at_the_next_opening(
    tmp_path: Path, killed: Killed, target: str, when: str
) -> None:
    path = tmp_path / "ledger.sqlite3"
    steps = (*WAY[:-1], "arm", "restored")
    killed(target, when, SCRIPT.format(path=str(path), steps=steps))
    ledger = Ledger(path, GLASS)
    assert [record["state"] for record in ledger.records()] == ["restored"]
    ledger.close()
    assert b"Zorblax" not in sidecars(path)
    assert not scrub_is_due(path)


def test_a_committed_step_survives_the_kill(tmp_path: Path, killed: Killed) -> None:
    path = tmp_path / "ledger.sqlite3"
    steps = (*WAY[:3], "arm", "approved")
    killed("memory.ledger:_check_step", "before", SCRIPT.format(path=str(path), steps=steps))
    ledger = Ledger(path, GLASS)
    assert [record["state"] for record in ledger.unfinished()] == ["operating"]
    ledger.close()
