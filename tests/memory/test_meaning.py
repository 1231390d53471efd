"""With the real embedder: what is meant is found, what is not stays out of a purge."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.memories import Memories
from memory.targets import TargetStore
from memory.vectors import VectorStore
from tests.memory.conftest import GLASS, bytes_of, holds_vector
from tools.models.embedder import Embedder
from tools.models.embedder_files import ensure_embedder
from tui.paths import paths

TOLD = (
    "Marcus Feld is a glazier and lives in Oslo",
    "Marc owes me twenty crowns",
    "The glazier of Oslo has a dog called Bim",
    "My dentist is Anna Berg",
    "The wifi password is on the fridge",
    "I am allergic to peanuts",
    "My sister's birthday is on the third of May",
)


@pytest.fixture(scope="module")
def embedder() -> Iterator[Embedder]:
    with Embedder(ensure_embedder(paths().cache)) as embedder:
        yield embedder


@pytest.fixture
def store(tmp_path: Path, embedder: Embedder) -> Iterator[VectorStore]:
    store = VectorStore(tmp_path / "chroma", embedder.embed, GLASS)
    memories = Memories(store)
    for text in TOLD:
        memories.add(text, thread_id="t", role="user")
    yield store
    store.close()


@pytest.mark.parametrize(("question", "answer"), [
    ("which foods must I avoid?", 5), ("who looks after my teeth?", 3),
    ("how do I get on the internet here?", 4), ("when was my sibling born?", 6),
])
def test_a_question_finds_its_memory_first(
    store: VectorStore, question: str, answer: int
) -> None:
    assert Memories(store).search(question, 1, 0.0)[0]["text"] == TOLD[answer]


def test_a_subject_takes_its_own_memories_and_no_others(store: VectorStore) -> None:
    found = Memories(store).matching(["Marcus Feld", "Marc"], "Marcus Feld", 10)
    assert {hit["text"] for hit in found} == set(TOLD[:2])
    [described] = Memories(store).matching(["peanut allergy"], "peanut allergy", 10)
    assert described["text"] == TOLD[5]
    assert described["score"] < 1.0, "no word of it is there"


def test_real_vectors_leave_the_files(
    store: VectorStore, tmp_path: Path, embedder: Embedder
) -> None:
    memories = Memories(store)
    ids = [hit["id"] for hit in memories.matching(["Marcus Feld", "Marc"], "Marcus Feld", 10)]
    [vector, *_] = embedder.embed(list(TOLD[:2]))
    assert holds_vector(bytes_of(tmp_path), vector)
    assert memories.remove(ids) == 2
    raw = bytes_of(tmp_path)
    assert b"Marcus" not in raw
    assert not holds_vector(raw, vector)
    assert len(memories.all()) == 5


def test_a_description_is_near_its_target(store: VectorStore) -> None:
    targets = TargetStore(store)
    targets.put("r1", ["Marcus Feld", "the glazier of Oslo"])
    targets.put("r2", ["Anna Berg", "my dentist"])
    assert targets.nearest("that man in Oslo who puts in windows", 1)[0].request_id == "r1"
    assert targets.nearest("dental surgeon", 2)[0].request_id == "r2"
