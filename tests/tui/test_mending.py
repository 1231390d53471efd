"""`lethe doctor` names what is damaged, and mends it only after consent."""

from pathlib import Path

import pytest

from memory.directory import DataDirectory
from memory.ledger import Ledger
from tests.tui.conftest import Lethe
from tui.mending import drop_damaged, faults, repair


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A directory whose ledger is damaged."""
    with DataDirectory(tmp_path / "data") as directory:
        Ledger(directory.ledger).close()
        directory.ledger.write_bytes(b"not a database at all" * 100)
    return tmp_path / "data"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache without anything."""
    return tmp_path / "cache"


def names(data: Path, cache: Path) -> list[str]:
    return [fault.store for fault in faults(data, cache)]


def test_nothing_is_mended_without_consent(lethe: Lethe, data: Path) -> None:
    before = (data / "ledger.sqlite3").read_bytes()
    ran = lethe("--data-dir", str(data), "doctor", "--repair")
    assert ran.status == 1
    assert "Nothing was changed; add --yes." in ran.out
    assert (data / "ledger.sqlite3").read_bytes() == before


def test_repair_says_what_it_did_and_drop_erases_what_was_set_aside(
    lethe: Lethe, data: Path, cache: Path
) -> None:
    ran = lethe("--data-dir", str(data), "doctor", "--repair", "--yes", "--json")
    assert ran.status == 0
    assert any(line.startswith("ledger.sqlite3:") for line in ran.json["done"])
    assert names(data, cache) == ["damaged"]
    ran = lethe("--data-dir", str(data), "doctor", "--drop-damaged", "--yes")
    assert "damaged-1: erased" in ran.out
    assert names(data, cache) == []


def test_wrong_rights_are_narrowed(tmp_path: Path, cache: Path) -> None:
    with DataDirectory(tmp_path / "data") as directory:
        Ledger(directory.ledger).close()
    file = tmp_path / "data" / "ledger.sqlite3"
    file.chmod(0o644)
    assert names(tmp_path / "data", cache) == ["rights"]
    repair(tmp_path / "data", cache)
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"one"])
def test_a_version_file_that_says_nothing_is_written_again(
    tmp_path: Path, cache: Path, content: bytes
) -> None:
    with DataDirectory(tmp_path / "data"):
        pass
    (tmp_path / "data" / "version").write_bytes(content)
    assert names(tmp_path / "data", cache) == ["version"]
    repair(tmp_path / "data", cache)
    drop_damaged(tmp_path / "data")
    assert names(tmp_path / "data", cache) == []


def test_a_damaged_study_is_removed(tmp_path: Path, cache: Path) -> None:
    cache.mkdir()
    (cache / "study-abc.npz").write_bytes(b"half of a study")
    assert names(tmp_path / "data", cache) == ["study"]
    assert "made again" in repair(tmp_path / "data", cache)[0]
    assert list(cache.iterdir()) == []
