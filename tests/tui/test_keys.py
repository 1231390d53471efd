"""`lethe key` and `lethe shred`: where the key is, how it is kept, and forgetting everything."""

from pathlib import Path

import pytest

from memory.directory import DataDirectory
from memory.key import KeyFile, unsealed_by
from memory.ledger import Ledger
from tests.tui.conftest import Lethe
from tui.verbs import keys as verb


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    """The key of a data directory that is in use."""
    file = KeyFile(tmp_path / "config" / "key")
    with DataDirectory(tmp_path) as directory:
        Ledger(directory.ledger, unsealed_by(file, directory.token)).close()
    return file


def test_it_says_where_the_key_is(lethe: Lethe, file: KeyFile) -> None:
    assert lethe("key", "--json").json == {
        "path": str(file.path), "keyring": False, "passphrase": False,
    }
    assert "needs no passphrase" in lethe("key").out


def test_without_a_key_there_is_nothing_to_say(lethe: Lethe) -> None:
    ran = lethe("key")
    assert ran.status == 2
    assert ran.err.count("\n") == 1
    assert "is not there" in ran.err


def test_a_passphrase_is_set_and_taken_away(
    lethe: Lethe, file: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.open()
    monkeypatch.setattr("tui.main._somebody_there", lambda: True)
    monkeypatch.setattr(verb, "getpass", lambda _prompt: "open sesame")
    assert lethe("key", "--passphrase").status == 0
    assert file.locked
    assert file.open("open sesame") == before
    monkeypatch.setenv("LETHE_PASSPHRASE", "open sesame")
    assert lethe("key", "--no-passphrase", "--json").json["passphrase"] is False
    assert file.open() == before


def test_a_wrong_passphrase_is_refused_in_a_line_that_does_not_repeat_it(
    lethe: Lethe, file: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.protect(file.open(), "open sesame")
    monkeypatch.setenv("LETHE_PASSPHRASE", "open barley")
    ran = lethe("key", "--no-passphrase")
    assert (ran.status, ran.err) == (2, "lethe: the passphrase is wrong\n")
    assert file.locked


def test_two_different_passphrases_change_nothing(
    lethe: Lethe, file: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = iter(["one", "another"])
    monkeypatch.setattr("tui.main._somebody_there", lambda: True)
    monkeypatch.setattr(verb, "getpass", lambda _prompt: next(words))
    assert lethe("key", "--passphrase").status == 2
    assert not file.locked


def test_nobody_at_the_terminal_cannot_type_a_passphrase(lethe: Lethe, file: KeyFile) -> None:
    ran = lethe("key", "--passphrase")
    assert ran.status == 2
    assert "nobody is at this one" in ran.err
    assert not file.locked


def test_shred_needs_a_yes(lethe: Lethe, file: KeyFile, tmp_path: Path) -> None:
    ran = lethe("shred", "--json")
    assert (ran.status, ran.json) == (1, {"shredded": False, "removed": []})
    assert file.exists
    assert (tmp_path / "ledger.sqlite3").exists()


@pytest.mark.parametrize(("typed", "gone"), [("shred\n", True), ("yes\n", False), ("", False)])
def test_shred_wants_the_word_typed(
    lethe: Lethe, file: KeyFile, monkeypatch: pytest.MonkeyPatch, typed: str, gone: bool
) -> None:
    monkeypatch.setattr("tui.main._somebody_there", lambda: True)
    ran = lethe("shred", stdin=typed.encode())
    assert (not file.exists) is gone
    assert "nothing can be restored" in ran.err


def test_after_shredding_only_settings_are_left(
    lethe: Lethe, file: KeyFile, tmp_path: Path
) -> None:
    (tmp_path / "config" / "config.toml").write_text('method = "guard"')
    record = lethe("shred", "--yes", "--json").json
    assert record == {"shredded": True, "removed": ["ledger.sqlite3", "seal"]}
    assert not file.exists
    assert (tmp_path / "config" / "config.toml").exists()
    assert "nothing else" in lethe("shred", "--yes").out


def test_shredding_needs_no_key(lethe: Lethe, file: KeyFile) -> None:
    file.path.unlink()
    assert lethe("shred", "--yes").status == 0


def test_a_folder_of_something_else_is_not_shredded(lethe: Lethe, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    ran = lethe("shred", "--yes")
    assert ran.status == 2
    assert (tmp_path / "mine.txt").exists()
