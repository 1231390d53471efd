"""Every step of a request is on the disk when its method returns, and only legal ones are taken."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, get_args

import pytest

from memory.errors import IllegalTransition, MemoryFault, StoreCorrupt, TextEmpty, UnknownRequest
from memory.ledger import Ledger
from memory.request import FOLLOWERS, FORGOTTEN, UNFINISHED, RequestState, StoredMemory
from tests.memory.conftest import GLASS, SEAL, sidecars

STATES: tuple[RequestState, ...] = get_args(RequestState)
WAY: dict[RequestState, tuple[RequestState, ...]] = {
    "proposed": (),
    "declined": ("declined",),
    "approved": ("approved",),
    "operating": ("approved", "operating"),
    "failed": ("approved", "operating", "failed"),
    "verified": ("approved", "operating", "verified"),
    "active": ("approved", "operating", "verified", "active"),
    "baked": ("approved", "operating", "verified", "active", "baked"),
    "restoring": ("approved", "operating", "verified", "active", "restoring"),
    "restored": ("approved", "operating", "verified", "active", "restoring", "restored"),
}


def plan(subject: str, *aliases: str) -> dict[str, Any]:
    return {
        "request_id": "", "subject": subject, "aliases": list(aliases), "scope": "entity",
        "method": "auto", "memories": [], "steps": ["one"],
    }


def memory(number: int, text: str) -> StoredMemory:
    return StoredMemory(
        id=f"m{number}", text=text, thread_id="t", role="user", source=None, created="2026-01-01"
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    ledger = Ledger(path, GLASS)
    yield ledger
    ledger.close()


def proposed(ledger: Ledger, subject: str = "Marcus Feld", *aliases: str) -> str:
    return ledger.propose(plan(subject, *aliases), findings={"known": True}, thread_id="t1")


def taken_to(ledger: Ledger, state: RequestState, subject: str = "Marcus Feld") -> str:
    request_id = proposed(ledger, subject)
    for step in WAY[state]:
        ledger.advance(request_id, step)
    return request_id


def test_a_proposal_is_kept_whole(ledger: Ledger, path: Path) -> None:
    request_id = proposed(ledger, "Marcus Feld", "Marc", "フェルド")
    reopened = Ledger(path, GLASS)
    record = reopened.get(request_id)
    reopened.close()
    assert record["request_id"] == request_id == "r1"
    assert record["plan"] == {**plan("Marcus Feld", "Marc", "フェルド"), "request_id": "r1"}
    assert (record["state"], record["scope"], record["method"]) == ("proposed", "entity", "auto")
    assert record["findings"] == {"known": True}
    assert (record["thread_id"], record["aliases"]) == ("t1", ["Marc", "フェルド"])
    assert [record["purged"], record["measured"], record["seconds"]] == [None, None, None]
    assert record["created"] == record["updated"]
    assert record["created"].endswith("+00:00")


def test_ids_are_short_unique_and_never_used_again(ledger: Ledger) -> None:
    assert [proposed(ledger) for _ in range(3)] == ["r1", "r2", "r3"]


def test_a_subject_is_needed(ledger: Ledger) -> None:
    with pytest.raises(TextEmpty, match="expected a subject"):
        proposed(ledger, " \u200b ")
    assert ledger.rows() == []


def test_any_text_can_be_a_subject(ledger: Ledger) -> None:
    proposed(ledger, "a\ud800b", "'; DROP TABLE requests; --", "\x00")
    assert ledger.get("r1")["subject"] == "a?b"
    assert ledger.get("r1")["aliases"][0] == "'; DROP TABLE requests; --"


@pytest.mark.parametrize("state", STATES)
def test_only_the_drawn_steps_are_taken(ledger: Ledger, state: RequestState) -> None:
    for wanted in STATES:
        request_id = taken_to(ledger, state)
        if wanted == state or wanted in FOLLOWERS[state]:
            ledger.advance(request_id, wanted)
            assert ledger.get(request_id)["state"] == wanted
        else:
            with pytest.raises(IllegalTransition, match=f"{state}.*{wanted}"):
                ledger.advance(request_id, wanted)
            assert ledger.get(request_id)["state"] == state


def test_fields_are_written_with_the_step_or_not_at_all(ledger: Ledger) -> None:
    request_id = taken_to(ledger, "operating")
    ledger.advance(request_id, "verified", measured={"probes": {}}, method="both", seconds=1.5)
    record = ledger.get(request_id)
    assert record["measured"] == {"probes": {}}
    assert (record["method"], record["seconds"]) == ("both", 1.5)
    with pytest.raises(IllegalTransition):
        ledger.advance(request_id, "proposed", seconds=9.0)
    assert ledger.get(request_id)["seconds"] == 1.5


def test_a_misspelt_field_is_a_bug(ledger: Ledger) -> None:
    with pytest.raises(TypeError, match="memmories"):
        ledger.advance(proposed(ledger), "approved", memmories=[])


@pytest.mark.parametrize("unknown", ["r9", "", "r", "x1", "r-1", "r1e3", "r" + "9" * 40, "r²"])
def test_an_unknown_id_is_named(ledger: Ledger, unknown: str) -> None:
    proposed(ledger)
    with pytest.raises(UnknownRequest, match="no request"):
        ledger.get(unknown)
    with pytest.raises(UnknownRequest):
        ledger.advance(unknown, "approved")


def test_an_id_is_taken_as_typed(ledger: Ledger) -> None:
    proposed(ledger)
    assert ledger.get(" R1 ")["request_id"] == ledger.get("1")["request_id"] == "r1"


def test_requests_are_listed_newest_first(ledger: Ledger) -> None:
    for subject in ("one", "two", "three"):
        proposed(ledger, subject)
    assert [row["subject"] for row in ledger.rows()] == ["three", "two", "one"]
    assert set(ledger.rows()[0]) == {
        "request_id", "subject", "scope", "method", "state", "created"
    }


def test_what_a_crash_left_and_what_must_hold(ledger: Ledger) -> None:
    for state in STATES:
        taken_to(ledger, state)
    assert {record["state"] for record in ledger.unfinished()} == UNFINISHED
    assert {record["state"] for record in ledger.forgotten()} == FORGOTTEN


def test_find_prefers_the_closest_kind_of_match(ledger: Ledger) -> None:
    for names in (("Marcus Feld", "Marc"), ("Marcus Feldman",), ("Anna Berg", "the glazier")):
        proposed(ledger, *names)

    def found(text: str) -> list[str]:
        return [row["request_id"] for row in ledger.find(text)]

    assert found("r2") == found("R2") == ["r2"]
    assert found("marcus FELD") == found(" Marcus  Féld ") == ["r1"]
    assert found("marcus") == ["r2", "r1"]
    assert found("bring Anna Berg back") == found("The Glazier") == ["r3"]
    assert found("Anna Brg") == ["r3"]
    assert found("Zoe") == found("") == found("  ") == []


def test_find_can_be_narrowed_to_states(ledger: Ledger) -> None:
    taken_to(ledger, "declined", "Marcus Feld")
    active = taken_to(ledger, "active", "Marcus Feld of Oslo")
    assert [row["request_id"] for row in ledger.find("Marcus Feld", {"active"})] == [active]


def test_purged_memories_come_back_for_a_restore_and_then_leave_every_byte(
    ledger: Ledger, path: Path
) -> None:
    kept = [memory(n, f"Marcus Feld secretly keeps {n} Zorblax") for n in range(200)]
    request_id = taken_to(ledger, "operating")
    ledger.advance(request_id, "operating", purged=kept)
    assert ledger.get(request_id)["purged"] == kept
    for step in ("verified", "active", "restoring"):
        ledger.advance(request_id, step)
    assert b"Zorblax" in sidecars(path)
    ledger.advance(request_id, "restored")
    assert ledger.get(request_id)["purged"] == []
    assert b"Zorblax" not in sidecars(path)


@pytest.mark.parametrize("state", ["restored", "baked"])
def test_an_end_without_undo_drops_the_memories(ledger: Ledger, state: RequestState) -> None:
    request_id = taken_to(ledger, "operating")
    ledger.advance(request_id, "operating", purged=[memory(1, "x")])
    for step in WAY[state][2:]:
        ledger.advance(request_id, step)
    assert ledger.get(request_id)["purged"] == []


def test_the_file_is_private_and_leaves_no_log(ledger: Ledger, path: Path) -> None:
    proposed(ledger)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("damage", ["text", "cut", "zeroed", "json"])
def test_a_damaged_file_is_named_and_left_as_it_is(path: Path, damage: str) -> None:
    ledger = Ledger(path, GLASS)
    for number in range(30):
        proposed(ledger, f"Subject {number} " + "x" * 2000)
    ledger.close()
    _harm(path, damage)
    before = path.read_bytes()
    with pytest.raises(StoreCorrupt, match=r"ledger\.sqlite3.* damaged"):
        Ledger(path, GLASS).records()
    assert path.read_bytes() == before


def _harm(path: Path, damage: str) -> None:
    data = path.read_bytes()
    match damage:
        case "text":
            path.write_bytes(b"not a database at all\n" * 40)
        case "cut":
            path.write_bytes(data[: len(data) // 2])
        case "zeroed":
            path.write_bytes(data[:4096] + bytes(8192) + data[12288:])
        case "json":
            with sqlite3.connect(path) as connection:
                connection.execute("UPDATE requests SET body = '{' WHERE number = 7")
            connection.close()


def test_a_folder_in_its_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite3").mkdir()
    with pytest.raises(MemoryFault, match=r"cannot open .*ledger"):
        Ledger(tmp_path / "ledger.sqlite3", GLASS)


def test_threads_may_share_a_ledger(ledger: Ledger) -> None:
    def work() -> None:
        for _ in range(10):
            ledger.advance(proposed(ledger), "approved")
            ledger.rows()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = ledger.rows()
    assert len(rows) == 40
    assert {row["state"] for row in rows} == {"approved"}


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM requests WHERE number = 1",
        "DELETE FROM requests WHERE number = 2",
        "DELETE FROM requests",
        "ALTER TABLE requests RENAME TO others",
        "ALTER TABLE requests RENAME COLUMN label TO lab",
        "ALTER TABLE requests RENAME COLUMN state TO stat",
        "ALTER TABLE requests RENAME COLUMN number TO numb",
        "UPDATE requests SET state = 'gone' WHERE number = 1",
        "UPDATE requests SET state = 'restored' WHERE number = 1",
        "UPDATE requests SET state = CAST(x'4d6172b5' AS TEXT) WHERE number = 1",
        "UPDATE requests SET label = '5' WHERE number = 1",
        "UPDATE requests SET label = x'4c31' WHERE number = 1",
        "UPDATE requests SET label = (SELECT label FROM requests WHERE number = 2)",
    ],
)
def test_a_request_is_never_lost_without_a_word(path: Path, damage: str) -> None:
    with closing(Ledger(path, SEAL)) as ledger:
        proposed(ledger, "Marcus Feld")
        proposed(ledger, "Anna Berg")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(damage)
    with pytest.raises(StoreCorrupt, match=r"ledger\.sqlite3.* damaged"):
        Ledger(path, SEAL).rows()


def test_a_remnant_of_a_file_is_not_taken_for_an_empty_ledger(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + bytes(84))
    with pytest.raises(StoreCorrupt, match="100 bytes are no database"):
        Ledger(path, SEAL)
