"""What the editor keeps on disk is private, whole, and ignored when another version wrote it."""

import stat
from pathlib import Path

import numpy as np
import pytest

from memory.sealing import KEY_BYTES, Seal
from tools.editing import store
from tools.editing.blocks import Block
from tools.editing.store import Edit, EditFiles


@pytest.fixture
def edit() -> Edit:
    rng = np.random.default_rng(1)
    keys, residuals = (
        rng.standard_normal((3, size)).astype(np.float32).astype(np.float64) for size in (8, 4)
    )
    block = Block(keys, residuals)
    names = ["Ada Byron", "Byron"]
    return Edit("request/../1", "Ada Byron", names, ["Ada Lovell"], {0: block, 3: block}, 3.0)


def private(path: Path) -> bool:
    return stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_edit_comes_back_as_it_was(tmp_path: Path, edit: Edit) -> None:
    files = EditFiles(tmp_path, "f" * 64)
    files.save(edit)
    back = files.load(edit.request_id)
    assert back is not None
    assert private(files.path(edit.request_id))
    assert files.path(edit.request_id).parent == files.folder
    assert (back.subject, back.names, back.emphasis) == ("Ada Byron", ["Ada Byron", "Byron"], 3.0)
    assert back.near == edit.near
    assert list(back.blocks) == [0, 3]
    assert np.array_equal(back.blocks[3].keys, edit.blocks[3].keys)
    assert np.array_equal(back.blocks[3].residuals, edit.blocks[3].residuals)


def test_only_the_named_requests_are_kept(tmp_path: Path, edit: Edit) -> None:
    files = EditFiles(tmp_path, "f" * 64)
    files.save(edit)
    files.keep_only([edit.request_id])
    assert files.load(edit.request_id) is not None
    files.keep_only([])
    assert files.load(edit.request_id) is None


def test_a_merged_adapter_belongs_to_a_set_of_requests(tmp_path: Path) -> None:
    files = EditFiles(tmp_path, "f" * 64)
    files.save_adapter(["b", "a"], b"GGUF both")
    assert files.load_adapter(["a", "b"]) == b"GGUF both"
    assert files.load_adapter(["a"]) is None
    files.save_adapter(["a"], b"GGUF one")
    assert files.load_adapter(["a", "b"]) is None
    files.clear_adapters()
    assert files.load_adapter(["a"]) is None


def test_nothing_half_written_is_left_behind(tmp_path: Path) -> None:
    target = tmp_path / "folder" / "file"
    target.parent.mkdir()
    target.mkdir()  # cannot be replaced by a file
    with pytest.raises(OSError, match="file"):
        store.write_private(target, b"data")
    assert [path.name for path in target.parent.iterdir()] == ["file"]


def test_with_a_seal_nothing_of_an_edit_can_be_read(tmp_path: Path, edit: Edit) -> None:
    seal = Seal(bytes(range(KEY_BYTES)))
    files = EditFiles(tmp_path, "f" * 64, seal)
    files.save(edit)
    files.save_adapter(["a"], b"GGUF lora for Ada Byron")
    raw = b"".join(path.read_bytes() for path in files.folder.iterdir())
    keys = edit.blocks[0].keys.astype(np.float32).tobytes()
    assert not any(secret in raw for secret in (b"Byron", b"GGUF", keys[:16]))
    back = files.load(edit.request_id)
    assert back is not None
    assert np.array_equal(back.blocks[0].keys, edit.blocks[0].keys)
    assert files.load_adapter(["a"]) == b"GGUF lora for Ada Byron"


def test_under_another_key_it_is_as_good_as_none(tmp_path: Path, edit: Edit) -> None:
    EditFiles(tmp_path, "f" * 64, Seal(bytes(KEY_BYTES))).save(edit)
    other = EditFiles(tmp_path, "f" * 64, Seal(bytes(range(KEY_BYTES))))
    assert other.load(edit.request_id) is None
    assert EditFiles(tmp_path, "f" * 64).load(edit.request_id) is None


@pytest.mark.parametrize("damage", ["empty", "array", "list", "deep", "part", "uneven"])
def test_a_damaged_edit_is_as_good_as_none(tmp_path: Path, edit: Edit, damage: str) -> None:
    files = EditFiles(tmp_path, "f" * 64)
    files.save(edit)
    path = files.path(edit.request_id)
    header, arrays = store.unpack(path, store.EDIT_FORMAT) or ({}, {})
    match damage:
        case "empty":
            path.write_bytes(b"")
        case "array":
            with path.open("wb") as file:
                np.save(file, np.ones(3))
        case "list":
            np.savez(path, header=np.frombuffer(b"[]", np.uint8))
        case "deep":
            np.savez(path, header=np.frombuffer(b"[" * 100_000, np.uint8))
        case "part":
            path.write_bytes(store.pack(header, {"keys 0": arrays["keys 0"]}))
        case "uneven":
            path.write_bytes(store.pack(header, arrays | {"keys 0": arrays["keys 0"][:1]}))
    assert files.load(edit.request_id) is None
