"""What is kept cannot be read off the disk, and opens for nobody else."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from memory.checkpoints import Checkpoints
from memory.errors import StoreCorrupt
from memory.ledger import Ledger
from memory.memories import Memories
from memory.sealing import KEY_BYTES, Seal
from memory.targets import TargetStore
from memory.vectors import VectorStore
from tests.memory.conftest import SEAL, bytes_of, embed, holds_vector
from tests.memory.test_checkpoints import say, talk
from tests.memory.test_ledger import plan

SECRET = "Zorblax keeps bees in Oslo"
OTHER = Seal(bytes(KEY_BYTES))


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A folder where every store has heard the secret."""
    with closing(VectorStore(tmp_path / "chroma", embed, SEAL)) as store:
        Memories(store).add(SECRET, thread_id="t", role="user", source="zorblax.txt")
        TargetStore(store).put("r1", [SECRET])
    with closing(Ledger(tmp_path / "ledger.sqlite3", SEAL)) as ledger:
        ledger.propose(plan(SECRET, "Zorb"), findings={"facts": [SECRET]}, thread_id="t")
    with closing(Checkpoints(tmp_path / "checkpoints.sqlite3", SEAL)) as checkpoints:
        say(checkpoints, "t", SECRET, f"forget {SECRET}")
    return tmp_path


def test_no_word_and_no_vector_of_it_is_on_the_disk(kept: Path) -> None:
    raw = bytes_of(kept).lower()
    for word in (b"zorblax", b"bees", b"oslo", b"zorb"):
        assert word not in raw
    assert not holds_vector(bytes_of(kept), embed([SECRET])[0])
    assert holds_vector(bytes_of(kept), SEAL.turn(embed([SECRET]))[0]), "or it proves nothing"


def test_with_the_key_all_of_it_is_there(kept: Path) -> None:
    with closing(VectorStore(kept / "chroma", embed, SEAL)) as store:
        found = Memories(store).search(SECRET, 1, 0.9)[0]
        assert found["text"] == SECRET
        assert Memories(store).all()[0]["source"] == "zorblax.txt"
        assert abs(TargetStore(store).of("r1") - embed([SECRET])).max() < 1e-5
    with closing(Ledger(kept / "ledger.sqlite3", SEAL)) as ledger:
        assert ledger.find("zorblax keeps bees in oslo")[0]["subject"] == SECRET
    with closing(Checkpoints(kept / "checkpoints.sqlite3", SEAL)) as checkpoints:
        assert SECRET in talk(checkpoints, "t")


def test_another_key_reads_nothing(kept: Path) -> None:
    with closing(Ledger(kept / "ledger.sqlite3", OTHER)) as ledger, pytest.raises(
        StoreCorrupt, match="r1"
    ):
        ledger.rows()
    with closing(VectorStore(kept / "chroma", embed, OTHER)) as store, pytest.raises(
        StoreCorrupt, match="another key"
    ):
        Memories(store).all()
    with closing(Checkpoints(kept / "checkpoints.sqlite3", OTHER)) as checkpoints, pytest.raises(
        StoreCorrupt, match="'t' is damaged"
    ):
        checkpoints.purge(["Zorblax"])


def test_a_record_put_in_the_place_of_another_is_noticed(kept: Path) -> None:
    with closing(Ledger(kept / "ledger.sqlite3", SEAL)) as ledger:
        ledger.propose(plan("Anna Berg"), findings=None, thread_id="t")
        ledger._connection.execute(
            "UPDATE requests SET label = (SELECT label FROM requests WHERE number = 1) "
            "WHERE number = 2"
        )
        with pytest.raises(StoreCorrupt, match="r2 is damaged"):
            ledger.rows()


def test_a_late_writer_cannot_bring_a_removed_thread_back(kept: Path) -> None:
    with closing(Checkpoints(kept / "checkpoints.sqlite3", SEAL)) as checkpoints:
        checkpoints.forget_thread("t")
        say(checkpoints, "t", SECRET)
        assert checkpoints.threads() == []
    with closing(Checkpoints(kept / "checkpoints.sqlite3", SEAL)) as checkpoints:
        say(checkpoints, "t", SECRET)
        assert checkpoints.threads() == []


def test_a_thread_that_goes_on_begins_empty(kept: Path) -> None:
    with closing(Checkpoints(kept / "checkpoints.sqlite3", SEAL)) as checkpoints:
        checkpoints.forget_thread("t", for_good=False)
        say(checkpoints, "t", "Good morning")
        assert talk(checkpoints, "t")[0] == "Good morning"


@pytest.mark.parametrize("table", ["checkpoints", "writes"])
def test_a_state_that_was_put_there_without_the_key_is_refused(kept: Path, table: str) -> None:
    kind, data = JsonPlusSerializer().dumps_typed({"channel_values": {"turn": "forget Anna"}})
    column = {"checkpoints": "checkpoint", "writes": "value"}[table]
    with closing(sqlite3.connect(kept / "checkpoints.sqlite3")) as disk, disk:
        disk.execute(f"UPDATE {table} SET type = ?, {column} = ?", (kind, data))
    with closing(Checkpoints(kept / "checkpoints.sqlite3", SEAL)) as checkpoints:
        assert checkpoints.damaged() == ["t"]
        with pytest.raises(StoreCorrupt, match="not sealed"):
            talk(checkpoints, "t")
        with pytest.raises(StoreCorrupt, match="'t' is damaged"):
            checkpoints.purge(["Anna"])
