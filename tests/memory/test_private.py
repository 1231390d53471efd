"""What a session that keeps nothing reads of the stores, and that it leaves them as they are."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from memory.checkpoints import Checkpoints
from memory.directory import DataDirectory
from memory.errors import DirectoryHeld, NotKept, WriteUnfinished
from memory.ledger import Ledger
from memory.private import NoMemories, PrivateDirectory, PrivateTargets, blank, copied
from memory.targets import TargetStore
from memory.vectors import VectorStore
from tests.memory.conftest import SEAL, bytes_of, embed

PLAN = {"subject": "Marcus Feld", "aliases": ["Feld"], "scope": "entity", "method": "guard"}


def kept(path: Path) -> Path:
    """A ledger with one request."""
    ledger = Ledger(path / "ledger.sqlite3", SEAL)
    ledger.propose(PLAN, findings=None, thread_id="t")
    ledger.close()
    return path / "ledger.sqlite3"


def test_the_ledger_is_read_and_what_is_written_to_its_copy_is_lost(tmp_path: Path) -> None:
    file = kept(tmp_path)
    before, state = bytes_of(tmp_path), file.stat().st_mtime_ns
    ledger = Ledger(file, SEAL, connect=copied)
    ledger.advance("r1", "approved")
    assert [row["state"] for row in ledger.rows()] == ["approved"]
    ledger.close()
    assert (bytes_of(tmp_path), file.stat().st_mtime_ns) == (before, state)
    assert [entry.name for entry in tmp_path.iterdir()] == ["ledger.sqlite3"]


def test_where_nothing_is_kept_yet_nothing_appears(tmp_path: Path) -> None:
    for store in (
        Ledger(tmp_path / "ledger.sqlite3", SEAL, connect=copied),
        Checkpoints(tmp_path / "checkpoints.sqlite3", SEAL, connect=blank),
        PrivateDirectory(tmp_path / "data"),
    ):
        store.close()
    assert list(tmp_path.iterdir()) == []


def test_a_change_that_a_crash_left_half_done_is_not_read_past(tmp_path: Path) -> None:
    file = kept(tmp_path)
    (tmp_path / "ledger.sqlite3-journal").write_bytes(b"x")
    with pytest.raises(WriteUnfinished, match="without --private"):
        Ledger(file, SEAL, connect=copied)


def test_a_directory_is_held_against_others_and_only_its_lock_is_written(tmp_path: Path) -> None:
    DataDirectory(tmp_path / "data").close()
    with PrivateDirectory(tmp_path / "data"), pytest.raises(DirectoryHeld):
        DataDirectory(tmp_path / "data")
    assert {entry.name for entry in (tmp_path / "data").iterdir()} <= {"lock", "version"}


def test_targets_have_the_vectors_that_the_store_would_give_them(tmp_path: Path) -> None:
    store = VectorStore(tmp_path / "chroma", embed, SEAL)
    durable, passing = TargetStore(store), PrivateTargets(embed)
    for targets in (durable, passing):
        targets.put("r1", ["this person was born in Turku", "this person is a glassblower"])
        targets.put("r2", [])
    np.testing.assert_allclose(
        np.sort(durable.of("r1"), axis=0), np.sort(passing.of("r1"), axis=0), atol=1e-6
    )
    assert list(durable.all()) == list(passing.all()) == ["r1"]
    assert len(passing.of("r2")) == len(passing.of("never")) == 0
    assert passing.remove("r1") == 2
    store.close()


def test_opening_the_vector_store_writes_which_is_why_memories_are_not_read(
    tmp_path: Path,
) -> None:
    store = VectorStore(tmp_path / "chroma", embed, SEAL)
    TargetStore(store).put("r1", ["a fact"])
    store.close()
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")}
    again = VectorStore(tmp_path / "chroma", embed, SEAL)
    TargetStore(again).all()
    again.close()
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")} != before


def test_no_memory_is_there_and_none_can_be_added() -> None:
    memories = NoMemories()
    assert memories.search("x", 4, 0.1) == memories.matching(["x"], "x", 4) == []
    for act in (
        lambda: memories.add("x", thread_id="t", role="user"), lambda: memories.restore([{}])
    ):
        with pytest.raises(NotKept):
            act()


def test_the_copy_of_a_damaged_ledger_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite3"
    file.write_bytes(b"not a database, but long enough to be looked at" * 40)
    with pytest.raises(Exception, match="damaged") as caught:
        Ledger(file, SEAL, connect=copied)
    assert not isinstance(caught.value, sqlite3.Error)
