"""Forgetting everything: no key, no store, and what is not Lethe's stays."""

from pathlib import Path

from memory.checkpoints import Checkpoints
from memory.directory import DataDirectory
from memory.key import KeyFile, unsealed_by
from memory.ledger import Ledger
from memory.memories import Memories
from memory.shredding import KEPT, shred
from memory.vectors import VectorStore
from tests.memory.conftest import embed


def filled(path: Path) -> None:
    """A directory with a memory, a request and tables for conversations."""
    with DataDirectory(path) as directory:
        seal = unsealed_by(KeyFile(path / "config" / "key"), directory.token)
        store = VectorStore(directory.chroma, embed, seal)
        Memories(store).add("told in confidence", thread_id="t", role="user")
        store.close()
        ledger = Ledger(directory.ledger, seal)
        plan = {"subject": "x", "aliases": [], "scope": "entity", "method": "guard"}
        ledger.propose(plan, findings=None, thread_id="t")
        ledger.close()
        Checkpoints(directory.checkpoints, seal).close()
        directory.edits.mkdir()


def test_the_key_goes_first_and_then_every_store(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "config" / "config.toml").write_text('method = "guard"')
    (tmp_path / "mine.txt").write_text("not Lethe's")
    key = KeyFile(tmp_path / "config" / "key")
    with DataDirectory(tmp_path) as directory:
        removed = shred(directory.path, key)
        assert {path.name for path in removed} == {
            "chroma", "checkpoints.sqlite3", "edits", "ledger.sqlite3", "seal",
        }
    assert not key.exists
    left = {path.name for path in tmp_path.iterdir()}
    assert left <= KEPT | {"mine.txt"}
    assert (tmp_path / "config" / "config.toml").exists()


def test_it_can_be_run_again_and_the_directory_begins_anew(tmp_path: Path) -> None:
    filled(tmp_path)
    key = KeyFile(tmp_path / "config" / "key")
    key.path.unlink()
    with DataDirectory(tmp_path) as directory:
        shred(directory.path, key)
        assert shred(directory.path, key) == []
    filled(tmp_path)
