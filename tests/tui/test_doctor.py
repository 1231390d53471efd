"""The doctor answers one question a line, and changes nothing."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from memory.directory import DataDirectory
from memory.key import KeyFile, unsealed_by
from memory.ledger import Ledger
from tests.tools.models.tiny_gguf import write_tiny
from tui.doctor import (
    Check,
    Place,
    all_well,
    as_record,
    data_directory,
    embedder_file,
    embedder_loads,
    examine,
    free_disk,
    model,
    pinned_version,
    private,
    python,
    runtime,
)
from tui.paths import paths


def nothing_at(path: Path) -> Place:
    return Place(path / "data", path / "cache", path / "none.gguf", path / "key")


def key(path: Path) -> KeyFile:
    return KeyFile(path / "key")


def test_a_sound_installation_passes_every_check(tmp_path: Path) -> None:
    tiny = write_tiny(tmp_path / "tiny.gguf")
    place = Place(tmp_path / "data", paths().cache, tiny, tmp_path / "key")
    checks = examine(place)
    assert [check for check in checks if not check.ok] == []
    assert len({check.name for check in checks}) == len(checks)


def test_nothing_is_created(tmp_path: Path) -> None:
    examine(nothing_at(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_every_detail_is_one_line(tmp_path: Path) -> None:
    checks = examine(nothing_at(tmp_path))
    assert [check for check in checks if "\n" in check.detail or not check.detail] == []


@pytest.mark.parametrize(("version", "ok"), [((3, 10), False), ((3, 12), True), ((3, 14), False)])
def test_python_is_judged_by_its_version(version: tuple[int, int], ok: bool) -> None:
    assert python(version).ok is ok


def test_the_runtime_is_the_pinned_one() -> None:
    assert runtime() == Check("llama-cpp-python", True, pinned_version())
    assert pinned_version() == metadata.version("llama-cpp-python")


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    check = model(tmp_path / "none.gguf")
    assert not check.ok
    assert "none.gguf" in check.detail


def test_a_text_named_gguf_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "notes.gguf"
    path.write_text("shopping list")
    assert "not a GGUF file" in model(path).detail


def test_a_model_that_can_only_be_guarded_is_well_and_says_so(tmp_path: Path) -> None:
    check = model(write_tiny(tmp_path / "moe.gguf", experts=2))
    assert check.ok
    assert "guard only" in check.detail


def test_a_missing_embedder_is_said_once_per_question(tmp_path: Path) -> None:
    assert not embedder_file(tmp_path).ok
    assert not embedder_loads(tmp_path).ok


def test_a_damaged_embedder_does_not_load(tmp_path: Path) -> None:
    path = tmp_path / "all-minilm-l6-v2-f16.gguf"
    path.write_bytes(b"GGUF and nothing else")
    assert embedder_file(tmp_path).ok
    assert not embedder_loads(tmp_path).ok


def test_an_open_data_directory_is_found_wanting(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    check = private(tmp_path)
    assert not check.ok
    assert "0755" in check.detail


def test_a_directory_in_use_by_another_lethe_is_no_fault(tmp_path: Path) -> None:
    with DataDirectory(tmp_path / "data"):
        check = data_directory(tmp_path / "data", key(tmp_path))
    assert check.ok
    assert "used by another Lethe" in check.detail


def test_the_ledger_is_read(tmp_path: Path) -> None:
    with DataDirectory(tmp_path / "data") as directory:
        Ledger(directory.ledger, unsealed_by(key(tmp_path), directory.token)).close()
    assert "requests in the ledger: 0" in data_directory(tmp_path / "data", key(tmp_path)).detail


def test_a_damaged_ledger_is_found(tmp_path: Path) -> None:
    with DataDirectory(tmp_path / "data") as directory:
        unsealed_by(key(tmp_path), directory.token)
        directory.ledger.write_bytes(b"not a database at all" * 100)
    check = data_directory(tmp_path / "data", key(tmp_path))
    assert not check.ok
    assert "ledger.sqlite3" in check.detail


def test_a_data_directory_under_a_file_cannot_be_created(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert not data_directory(tmp_path / "file" / "data", key(tmp_path)).ok


def test_disk_is_told_of_the_place_where_the_data_will_be(tmp_path: Path) -> None:
    check = free_disk(tmp_path / "not" / "yet")
    assert check.ok
    assert str(tmp_path) in check.detail


def test_the_record_says_whether_all_is_well() -> None:
    checks = [Check("one", True, "fine"), Check("two", False, "broken")]
    assert not all_well(checks)
    assert as_record(checks) == {
        "ok": False,
        "checks": [
            {"name": "one", "ok": True, "detail": "fine"},
            {"name": "two", "ok": False, "detail": "broken"},
        ],
    }
