"""A purge killed at any moment is finished at the next opening: live rows all there, bytes gone."""

from pathlib import Path

import pytest

from memory.memories import Memories
from memory.targets import TargetStore
from memory.vectors import VectorStore
from tests.memory.conftest import GLASS, Killed, bytes_of, embed, holds_vector

SECRETS = [f"Zorblax hid {n}" for n in range(5)]
SCRIPT = """
from pathlib import Path
from tests.memory.conftest import GLASS
from memory.memories import Memories
from memory.targets import TargetStore
from memory.vectors import VectorStore
from tests.memory.conftest import embed
store = VectorStore(Path({path!r}), embed, GLASS)
memories = Memories(store)
ids = [memories.add(f"Zorblax hid {{n}}", thread_id="t", role="user") for n in range(5)]
for n in range(5):
    memories.add(f"ordinary {{n}}", thread_id="t", role="user")
TargetStore(store).put("r1", ["marcus feld"])
arm()
memories.remove(ids)
"""


@pytest.mark.parametrize(("target", "when"), [
    ("memory.generations:Generations.mark_unclean", "after"),
    ("memory.chroma:copy_collection", "before"),
    ("memory.chroma:copy_collection", "after"),
    ("memory.generations:Generations.switch", "before"),
    ("memory.generations:Generations.switch", "after"),
    ("memory.generations:remove_tree", "after"),
    ("memory.generations:Generations.recover", "after"),
])
def test_a_killed_purge_is_finished_at_the_next_opening(
    tmp_path: Path, killed: Killed, target: str, when: str
) -> None:
    path = tmp_path / "chroma"
    killed(target, when, SCRIPT.format(path=str(path)))
    store = VectorStore(path, embed, GLASS)
    if not target.endswith("mark_unclean"):  # there the rows are not yet hidden
        assert_gone(path)
    memories = Memories(store)
    left = [row["id"] for row in memories.all() if "Zorblax" in row["text"]]
    assert not left or target.endswith("mark_unclean"), "hidden rows came back"
    assert memories.remove(left) == len(left)
    assert sorted(row["text"] for row in memories.all()) == [f"ordinary {n}" for n in range(5)]
    assert list(TargetStore(store).all()) == ["r1"]
    store.close()
    assert_gone(path)


def assert_gone(path: Path) -> None:
    """No byte of the secrets, one folder, no note of unfinished work."""
    raw = bytes_of(path)
    assert b"Zorblax" not in raw
    assert not any(holds_vector(raw, vector) for vector in embed(SECRETS))
    assert len([entry for entry in path.iterdir() if entry.is_dir()]) == 1
    assert not (path / "unclean").exists()


def test_a_kill_while_the_first_folder_is_made_leaves_an_empty_store(
    tmp_path: Path, killed: Killed
) -> None:
    path = tmp_path / "chroma"
    script = f"""
from pathlib import Path
from memory.vectors import VectorStore
from tests.memory.conftest import GLASS
arm()
VectorStore(Path({str(path)!r}), None, GLASS)
"""
    killed("memory.generations:Generations.switch", "before", script)
    store = VectorStore(path, embed, GLASS)
    assert Memories(store).all() == []
    store.close()
