"""Memories are found by meaning and by word, and a removed one is gone to the last byte."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from memory.errors import EmbeddingMismatch, StoreCorrupt, TextEmpty
from memory.memories import Memories
from memory.targets import TargetStore
from memory.vectors import VectorStore
from tests.memory.conftest import GLASS, SEAL, bytes_of, embed, holds_vector
from tests.memory.test_repair import change_memory


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chroma"


@pytest.fixture
def store(path: Path) -> Iterator[VectorStore]:
    store = VectorStore(path, embed, GLASS)
    yield store
    store.close()


@pytest.fixture
def memories(store: VectorStore) -> Memories:
    return Memories(store)


def told(memories: Memories, text: str, thread_id: str = "t1") -> str:
    return memories.add(text, thread_id=thread_id, role="user")


def reopened(path: Path) -> VectorStore:
    return VectorStore(path, embed, GLASS)


def test_a_memory_is_kept_whole_and_survives_a_restart(store: VectorStore, path: Path) -> None:
    memory_id = Memories(store).add(
        "Anna plays the cello", thread_id="t1", role="user", source="note.md",
        created="2026-01-02T03:04:05+00:00",
    )
    store.close()
    again = reopened(path)
    assert Memories(again).rows([memory_id]) == [{
        "id": memory_id, "text": "Anna plays the cello", "thread_id": "t1", "role": "user",
        "source": "note.md", "created": "2026-01-02T03:04:05+00:00",
    }]
    again.close()


def test_the_nearest_come_first_and_noise_not_at_all(memories: Memories) -> None:
    cello = told(memories, "Anna plays the cello")
    told(memories, "Anna likes the cello of Oslo")
    told(memories, "tomorrow rain is due")
    found = memories.search("anna plays the CELLO", 5, 0.3)
    assert found[0]["id"] == cello
    assert found[0]["score"] == pytest.approx(1.0, abs=1e-5)
    assert len(found) == 2
    assert memories.search("anna plays the cello", 1, 0.3) == found[:1]


@pytest.mark.parametrize(("text", "k"), [("", 5), ("  ", 5), ("anna", 0), ("anna", -1)])
def test_a_search_for_nothing_finds_nothing(memories: Memories, text: str, k: int) -> None:
    told(memories, "Anna plays the cello")
    assert memories.search(text, k, 0.0) == []


def test_an_empty_store_answers(memories: Memories) -> None:
    assert memories.all() == []
    assert memories.search("anna", 3, 0.0) == memories.of_thread("t") == []
    assert memories.rows([]) == memories.rows(["nope"]) == []
    assert memories.matching(["a"], "a", 3) == []
    assert memories.remove([]) == memories.remove(["nope"]) == memories.restore([]) == 0


def test_matching_unites_words_and_meaning(memories: Memories) -> None:
    named = told(memories, "my neighbour MÁRCUS  Feld has a boat")
    alias = told(memories, "Marc owes me ten crowns")
    near = told(memories, "where does marcus of oslo live")
    other = told(memories, "Marcus Feldman is a dentist")
    told(memories, "rain is due")
    found = memories.matching(["Marcus Feld", "Marc"], "where does marcus live", 10)
    assert [(hit["id"], hit["score"] == 1.0) for hit in found] == [
        (alias, True), (named, True), (near, False)
    ]
    assert other not in [hit["id"] for hit in found]
    assert memories.matching(["Marcus Feld", "Marc"], "where does marcus live", 1) == found[:1]


def test_a_thread_has_its_own_memories(memories: Memories) -> None:
    told(memories, "one", "a")
    told(memories, "two", "b")
    told(memories, "three", "a")
    assert [hit["text"] for hit in memories.of_thread("a")] == ["one", "three"]


def test_what_is_told_again_in_the_same_words_is_one_memory(memories: Memories) -> None:
    first = told(memories, "Anna plays the cello", "t1")
    for _ in range(5):
        assert told(memories, "Anna plays the cello", "t1") == first
    assert [row["id"] for row in memories.all()] == [first]
    told(memories, "anna plays the cello")
    memories.add("Anna plays the cello", thread_id="t1", role="user", source="note.md")
    assert len(memories.all()) == 3, "other words, or told in another way"


def test_what_two_threads_told_stays_when_one_of_them_goes(memories: Memories) -> None:
    first = told(memories, "the alarm code is 4711", "a")
    again = told(memories, "the alarm code is 4711", "b")
    assert memories.remove([hit["id"] for hit in memories.of_thread("b")]) == 1
    assert [row["id"] for row in memories.all()] == [first]
    assert again != first
    memories.remove([hit["id"] for hit in memories.of_thread("a")])
    assert memories.all() == []


def test_what_is_told_again_is_found_again_among_many(memories: Memories) -> None:
    """By its mark: an index of vectors looks at some neighbours only."""
    rows = [
        {"id": f"m{n}", "text": f"sentence {n % 60}", "thread_id": f"t{n}", "role": "user",
         "source": None, "created": "2026"} for n in range(2500)
    ]
    memories.restore(rows)
    for n in range(0, 2500, 250):
        assert told(memories, f"sentence {n % 60}", f"t{n}") == f"m{n}"


def test_a_damaged_memory_keeps_no_other_from_being_remembered(path: Path) -> None:
    with closing(VectorStore(path, embed, SEAL)) as store:
        told(Memories(store), "Anna plays the cello")
    change_memory(path / "g1" / "chroma.sqlite3")
    with closing(VectorStore(path, embed, SEAL)) as store:
        memories = Memories(store)
        other = told(memories, "Anna plays the cello at home")
        assert told(memories, "Anna plays the cello at home") == other
        assert memories.rows([other])[0]["text"] == "Anna plays the cello at home"
        assert [hit["id"] for hit in memories.search("Anna plays the cello", 2, 0.0)] == [other]
        told(memories, "Anna plays the cello")
        assert len(memories.all()) == 2, "what is told again is whole again"


def test_nothing_visible_is_not_remembered(memories: Memories) -> None:
    with pytest.raises(TextEmpty, match="expected a text"):
        told(memories, " \n\u200b")


def test_any_text_can_be_remembered(memories: Memories) -> None:
    texts = ["a\ud800b", "\x00\x07", "é" * 100_000, "'; DROP TABLE", "\U0001f9e0"]
    for text in texts:
        told(memories, text)
    assert {row["text"] for row in memories.all()} == {"a?b", *texts[1:]}


def test_removal_is_counted_by_reading(memories: Memories) -> None:
    first, second = told(memories, "one"), told(memories, "two")
    assert memories.remove([first, "nope", first]) == 1
    assert memories.remove([first]) == 0
    assert [row["id"] for row in memories.all()] == [second]


def test_restored_memories_are_what_they_were(memories: Memories) -> None:
    ids = [told(memories, f"Zorblax {n}") for n in range(3)]
    rows = memories.rows(ids)
    before = memories.search("zorblax 1", 3, 0.0)
    memories.remove(ids)
    assert memories.search("zorblax 1", 3, 0.0) == []
    assert memories.restore(rows) == memories.restore(rows) == 3
    assert memories.rows(ids) == rows
    assert memories.search("zorblax 1", 3, 0.0) == before


def test_removed_texts_and_vectors_leave_no_byte(
    store: VectorStore, memories: Memories, path: Path
) -> None:
    kept = [told(memories, f"ordinary sentence number {n}") for n in range(30)]
    secrets = [f"Zorblax hid {n} rubies" for n in range(20)]
    ids = [told(memories, text) for text in secrets]
    vectors = list(embed(secrets))
    raw = bytes_of(path)
    assert b"Zorblax" in raw
    assert all(holds_vector(raw, vector) for vector in vectors), "or the search proves nothing"
    assert memories.remove(ids) == 20
    raw = bytes_of(path)
    assert b"orblax" not in raw.replace(b"Z", b"z")
    assert not any(holds_vector(raw, vector) for vector in vectors)
    assert not any(memory_id.encode() in raw for memory_id in ids)
    assert sorted(row["id"] for row in memories.all()) == sorted(kept)
    assert memories.search("ordinary sentence number 7", 1, 0.9)[0]["text"].endswith("7")


def test_the_index_written_after_a_purge_holds_nothing_of_the_one_before(
    store: VectorStore, memories: Memories, path: Path
) -> None:
    """Chroma writes its new index into memory that the old one has just given back."""
    secrets = [f"Zorblax hid {n} rubies" for n in range(20)]
    ids = [told(memories, text) for text in secrets]
    told(memories, "hello")
    assert memories.remove(ids) == 20
    for turn in ("hello", "good bye"):
        memories.search(turn, 3, 0.0)
        told(memories, turn)
        raw = bytes_of(path)
        assert not any(holds_vector(raw, vector) for vector in embed(secrets))
        assert b"orblax" not in raw
        store.close()
        assert not any(data for file in path.rglob("length.bin") for data in file.read_bytes())


def test_a_store_with_an_index_on_the_disk_is_cleaned_too(path: Path) -> None:
    store = VectorStore(path, embed, GLASS)
    memories = Memories(store)
    rows = [
        {
            "id": f"m{n}", "text": f"sentence {n} of {n * 7}", "thread_id": "t", "role": "user",
            "source": None, "created": "2026",
        }
        for n in range(1500)
    ]
    assert memories.restore(rows) == 1500
    assert list(path.rglob("data_level0.bin")), "Chroma writes its index from 1,000 rows on"
    vector = embed(["sentence 3 of 21"])[0]
    assert holds_vector(bytes_of(path), vector)
    assert memories.remove(["m3"]) == 1
    assert not holds_vector(bytes_of(path), vector)
    assert len(memories.all()) == 1499
    assert memories.search("sentence 4 of 28", 1, 0.9)[0]["id"] == "m4"
    store.close()


def test_files_are_private_under_the_directorys_umask(path: Path) -> None:
    from memory.directory import DataDirectory

    with DataDirectory(path.parent / "data") as directory:
        store = VectorStore(directory.chroma, embed, GLASS)
        told(Memories(store), "one")
        store.close()
        for file in directory.path.rglob("*"):
            assert file.stat().st_mode & 0o077 == 0, file


def test_targets_are_vectors_by_request(store: VectorStore, path: Path) -> None:
    targets = TargetStore(store)
    targets.put("r1", ["marcus feld", "the glazier of oslo"])
    targets.put("r2", ["anna berg"])
    assert targets.nearest("the glazier", 1)[0].request_id == "r1"
    near = targets.nearest("anna berg", 3)
    assert [hit.request_id for hit in near] == ["r2", "r1"]
    assert near[0].score == pytest.approx(1.0, abs=1e-5)
    assert {name: vectors.shape for name, vectors in targets.all().items()} == {
        "r1": (2, 64), "r2": (1, 64)
    }
    np.testing.assert_array_equal(targets.all()["r2"], embed(["anna berg"]))
    assert b"glazier" not in bytes_of(path), "names of targets are not stored with the vectors"


def test_a_target_put_again_replaces_itself_and_a_removed_one_leaves_no_byte_in_the_end(
    store: VectorStore, path: Path
) -> None:
    targets = TargetStore(store)
    targets.put("r1", ["marcus feld", "marc"])
    targets.put("r1", ["marcus feld"])
    assert len(targets.all()["r1"]) == 1
    assert targets.remove("r1") == 1
    assert targets.remove("r1") == 0
    assert targets.all() == {}
    assert targets.nearest("marcus", 3) == []
    store.close()
    with closing(reopened(path)):
        for vector in embed(["marcus feld", "marc"]):
            assert not holds_vector(bytes_of(path), vector)


def test_another_embedder_is_named_as_the_cause(store: VectorStore, path: Path) -> None:
    told(Memories(store), "one")
    store.close()
    wider = VectorStore(path, lambda texts: np.ones((len(texts), 7), np.float32), GLASS)
    with pytest.raises(EmbeddingMismatch, match=r"another embedder.*64.*7"):
        told(Memories(wider), "two")
    with pytest.raises(EmbeddingMismatch):
        Memories(wider).search("one", 3, 0.0)
    wider.close()


@pytest.mark.parametrize("name", ["chroma.sqlite3", "current"])
@pytest.mark.parametrize("damage", [b"", b"garbage" * 100])
def test_a_damaged_store_is_named(
    store: VectorStore, path: Path, name: str, damage: bytes
) -> None:
    told(Memories(store), "one")
    store.close()
    [file] = path.rglob(name)
    file.write_bytes(damage)
    if name == "chroma.sqlite3" and not damage:
        return  # an empty file is SQLite's empty database
    with pytest.raises(StoreCorrupt, match="chroma"):
        Memories(reopened(path)).all()


def test_a_lost_pointer_never_looks_like_an_empty_store(store: VectorStore, path: Path) -> None:
    told(Memories(store), "one")
    store.close()
    (path / "current").unlink()
    with pytest.raises(StoreCorrupt, match=r"current.*missing"):
        reopened(path)


def test_threads_may_share_a_store(memories: Memories) -> None:
    def work(name: str) -> None:
        ids = [told(memories, f"{name} {n}", name) for n in range(5)]
        memories.search(name, 3, 0.0)
        assert memories.remove(ids[:1]) == 1

    threads = [threading.Thread(target=work, args=(f"thread{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(memories.all()) == 16
