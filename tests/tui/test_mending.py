"""`lethe doctor` names what is damaged, and mends it only after consent."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from memory.checkpoints import Checkpoints
from memory.directory import DataDirectory
from memory.errors import KeyLost, KeyRefused
from memory.key import KeyFile
from memory.ledger import Ledger
from memory.receipts import ReceiptBook
from memory.token import seal_of
from memory.vectors import VectorStore
from tests.tui.conftest import Lethe
from tui.mending import Kept, drop_damaged, faults, repair


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    """A used directory with its key, and an empty cache."""
    data = tmp_path / "data"
    kept = Kept(data, tmp_path / "cache", KeyFile(data / "config" / "key"))
    with DataDirectory(data) as directory:
        seal = seal_of(data, kept.key)
        with closing(Ledger(directory.ledger, seal)) as ledger:
            ledger.propose(PLAN, findings=None, thread_id="t")
        with closing(ReceiptBook(directory.receipts, seal)) as book:
            book.append("r1", "forgotten", {"asked": {"subject": "Marcus Feld"}})
        Checkpoints(directory.checkpoints, seal).close()
        VectorStore(directory.chroma, lambda _: np.empty((0, 0), np.float32), seal).close()
    return kept


@pytest.fixture
def data(kept: Kept) -> Path:
    """The same, its ledger damaged."""
    (kept.data / "ledger.sqlite3").write_bytes(b"not a database at all" * 100)
    return kept.data


PLAN = {"subject": "Marcus Feld", "aliases": [], "scope": "entity", "method": "guard"}


def names(kept: Kept) -> list[str]:
    return [fault.store for fault in faults(kept)]


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_nothing_is_mended_without_consent(lethe: Lethe, data: Path) -> None:
    before = (data / "ledger.sqlite3").read_bytes()
    ran = lethe("--data-dir", str(data), "doctor", "--repair")
    assert ran.status == 1
    assert "Nothing was changed; add --yes." in ran.out
    assert (data / "ledger.sqlite3").read_bytes() == before


def test_repair_says_what_it_did_and_drop_erases_what_was_set_aside(
    lethe: Lethe, data: Path, kept: Kept
) -> None:
    ran = lethe("--data-dir", str(data), "doctor", "--repair", "--yes", "--json")
    assert ran.status == 0
    assert any(line.startswith("ledger.sqlite3:") for line in ran.json["done"])
    assert any("request r1, it was about 'Marcus Feld'" in line for line in ran.json["done"])
    assert names(kept) == ["damaged"]
    ran = lethe("--data-dir", str(data), "doctor", "--drop-damaged", "--yes")
    assert "damaged-1: erased" in ran.out
    assert names(kept) == []


def test_wrong_rights_are_narrowed(kept: Kept) -> None:
    file = kept.data / "ledger.sqlite3"
    file.chmod(0o644)
    assert names(kept) == ["rights"]
    repair(kept)
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"one"])
def test_a_version_file_that_says_nothing_is_written_again(kept: Kept, content: bytes) -> None:
    (kept.data / "version").write_bytes(content)
    assert names(kept) == ["version"]
    repair(kept)
    drop_damaged(kept.data)
    assert names(kept) == []


def test_a_damaged_study_is_removed(kept: Kept) -> None:
    kept.cache.mkdir()
    (kept.cache / "study-abc.npz").write_bytes(b"half of a study")
    assert names(kept) == ["study"]
    assert "made again" in repair(kept)[0]
    assert list(kept.cache.iterdir()) == []


def test_with_another_key_nothing_is_taken_for_damaged(lethe: Lethe, kept: Kept) -> None:
    kept.key.path.unlink()
    kept.key.create()
    before = contents(kept.data)
    with pytest.raises(KeyRefused):
        faults(kept)
    ran = lethe("--data-dir", str(kept.data), "doctor", "--repair", "--yes")
    assert ran.status == 2
    assert "is not the one" in ran.err
    assert len(ran.err.splitlines()) == 1
    assert contents(kept.data) == before


def test_without_its_key_nothing_is_mended(lethe: Lethe, data: Path, kept: Kept) -> None:
    kept.key.destroy()
    before = contents(data)
    with pytest.raises(KeyLost):
        faults(kept)
    assert lethe("--data-dir", str(data), "doctor", "--repair", "--yes").status == 2
    assert contents(data) == before


@pytest.mark.parametrize("content", [b"", b"L1", bytes(35), None])
def test_a_damaged_word_is_written_again_if_the_key_opens_what_is_there(
    kept: Kept, content: bytes | None
) -> None:
    token = kept.data / "seal"
    token.unlink() if content is None else token.write_bytes(content)
    with pytest.raises(KeyRefused, match="doctor"):
        seal_of(kept.data, kept.key)
    assert names(kept) == ["seal"]
    repair(kept)
    drop_damaged(kept.data)
    assert names(kept) == []
    seal_of(kept.data, kept.key)


def test_no_new_key_is_made_the_right_one_by_a_missing_word(kept: Kept) -> None:
    (kept.data / "seal").unlink()
    kept.key.path.unlink()
    with pytest.raises(KeyRefused):
        seal_of(kept.data, kept.key)
    assert not kept.key.exists
    kept.key.create()
    before = contents(kept.data)
    with pytest.raises(KeyRefused, match="nothing in"):
        repair(kept)
    assert contents(kept.data) == before


def test_a_book_of_receipts_that_was_begun_anew_is_shown(lethe: Lethe, kept: Kept) -> None:
    (kept.data / "receipts.sqlite3").write_bytes(b"no book" * 1000)
    repair(kept)
    where = ("--data-dir", str(kept.data), "receipts")
    assert "begun anew" in lethe(*where).out
    assert "the book before this one was damaged" in lethe(*where, "show", "1").out
    assert lethe(*where, "--json").json["receipts"][0]["subject"].startswith("the book before")
    assert lethe(*where, "verify").status == 0
