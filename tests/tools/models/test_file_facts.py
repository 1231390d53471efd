"""Facts about files are found once, and again when the file changes."""

import hashlib
import json
from pathlib import Path

import pytest

from tools.models.file_facts import FILE_NAME, fingerprint


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"first")
    return path


def test_a_fingerprint_is_the_files_sha256(model: Path) -> None:
    assert fingerprint(model) == hashlib.sha256(b"first").hexdigest()


def test_a_changed_file_has_another_fingerprint(model: Path) -> None:
    fingerprint(model)
    model.write_bytes(b"second")
    assert fingerprint(model) == hashlib.sha256(b"second").hexdigest()


def test_the_cache_spares_reading_the_file(model: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    fingerprint(model, cache)
    entries = json.loads((cache / FILE_NAME).read_text())
    assert list(entries.values()) == [hashlib.sha256(b"first").hexdigest()]


def test_outdated_entries_are_dropped_and_other_files_kept(model: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"other")
    fingerprint(other, tmp_path)
    fingerprint(model, tmp_path)
    model.write_bytes(b"a second version")
    fingerprint(model, tmp_path)
    assert len(json.loads((tmp_path / FILE_NAME).read_text())) == 2


@pytest.mark.parametrize("content", ["", "not json", "[1]", '{"x": 3}'])
def test_a_damaged_cache_is_made_again(model: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    expected = hashlib.sha256(b"first").hexdigest()
    assert fingerprint(model, tmp_path) == expected
    assert expected in json.loads((tmp_path / FILE_NAME).read_text()).values()


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(model: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    assert fingerprint(model, blocked)


def test_the_cache_is_private(model: Path, tmp_path: Path) -> None:
    fingerprint(model, tmp_path / "new")
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
    assert (tmp_path / "new" / FILE_NAME).stat().st_mode & 0o077 == 0
