"""No byte of the process's heap stays in the room that Chroma's new index files reserve."""

import struct
from pathlib import Path

import pytest

from memory.index_files import fingerprint, zero_unused
from memory.memories import Memories
from memory.vectors import VectorStore
from tests.memory.conftest import SEAL, embed


def index(folder: Path, *, count: int, links: bytes, data: bytes = b"\x01" * 80) -> Path:
    """An index in a folder of its own, 4 vectors of 20 bytes wide."""
    home = folder / "index"
    home.mkdir()
    (home / "header.bin").write_bytes(struct.pack("<i4Q", 1, 0, 4, count, 20) + bytes(64))
    (home / "data_level0.bin").write_bytes(data)
    (home / "length.bin").write_bytes(b"\x01" * 16)
    (home / "link_lists.bin").write_bytes(links)
    return home


def test_reserved_room_of_a_new_index_is_emptied(tmp_path: Path) -> None:
    home = index(tmp_path, count=0, links=b"")
    before = fingerprint(tmp_path)
    zero_unused(tmp_path)
    assert (home / "data_level0.bin").read_bytes() == bytes(80)
    assert (home / "length.bin").read_bytes() == bytes(16)
    assert fingerprint(tmp_path) != before
    before = fingerprint(tmp_path)
    zero_unused(tmp_path)
    assert fingerprint(tmp_path) == before, "clean files are not written again"


def test_an_index_with_vectors_is_left_alone(tmp_path: Path) -> None:
    home = index(tmp_path, count=0, links=b"\0\0\0\0")
    zero_unused(tmp_path)
    assert (home / "data_level0.bin").read_bytes() == b"\x01" * 80


@pytest.mark.parametrize("header", [b"", b"short", b"\xff" * 100], ids=["empty", "short", "wild"])
def test_a_damaged_header_is_left_to_chroma(tmp_path: Path, header: bytes) -> None:
    home = index(tmp_path, count=0, links=b"")
    (home / "header.bin").write_bytes(header)
    zero_unused(tmp_path)
    assert (home / "data_level0.bin").read_bytes() == b"\x01" * 80


def test_chromas_own_files_have_the_known_format(tmp_path: Path) -> None:
    store = VectorStore(tmp_path / "chroma", embed, SEAL)
    Memories(store).add("hello", thread_id="t", role="user")
    [data] = tmp_path.rglob("data_level0.bin")
    assert data.stat().st_size % 4 == 0
    assert data.stat().st_size > 0
    assert not any(data.read_bytes())
    assert not any(data.with_name("length.bin").read_bytes())
    store.close()
    assert not any(data.read_bytes())


def test_a_long_used_process_leaves_nothing_in_the_reserve(tmp_path: Path) -> None:
    """The heap is filled with a text first; each new index would carry some of it to the disk."""
    secrets = [f"Zorblax{number}" * 200 for number in range(2000)]
    del secrets
    for number in range(3):
        store = VectorStore(tmp_path / f"chroma{number}", embed, SEAL)
        Memories(store).add("hello", thread_id="t", role="user")
        store.close()
    assert not any(b"Zorblax" in file.read_bytes() for file in tmp_path.rglob("*.bin"))
