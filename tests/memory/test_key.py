"""The key: made once, kept whole, opened only by whom it is meant for."""

from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring

from memory.errors import KeyLost, KeyRefused
from memory.key import KeyFile, unsealed_by
from memory.sealing import KEY_BYTES


class Ring(KeyringBackend):
    """A real backend of the keyring library that keeps its secrets in this process."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    ring = Ring()
    monkeypatch.setattr(keyring, "get_password", ring.get_password)
    monkeypatch.setattr(keyring, "set_password", ring.set_password)
    monkeypatch.setattr(keyring, "delete_password", ring.delete_password)
    return ring


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "config" / "key")


def test_a_new_key_is_private_and_stays_the_same(file: KeyFile) -> None:
    key = file.create()
    assert len(key) == KEY_BYTES
    assert file.open() == key
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert file.path.parent.stat().st_mode & 0o777 == 0o700


def test_two_keys_are_never_alike(tmp_path: Path) -> None:
    assert KeyFile(tmp_path / "a").create() != KeyFile(tmp_path / "b").create()


def test_with_a_passphrase_the_file_alone_is_worth_nothing(file: KeyFile) -> None:
    key = file.create()
    file.protect(key, "open sesame")
    assert file.locked
    assert file.open("open sesame") == key
    for wrong in (None, "", "open Sesame"):
        with pytest.raises(KeyRefused, match="passphrase"):
            file.open(wrong)
    file.protect(key, None)
    assert not file.locked
    assert file.open() == key


def test_the_old_file_of_a_key_that_was_protected_is_overwritten(file: KeyFile) -> None:
    key = file.create()
    plain = file.path.read_bytes()
    with file.path.open("rb") as old:
        file.protect(key, "a passphrase")
        assert len(left := old.read()) == len(plain)
    assert left != plain
    assert file.open("a passphrase") == key


def test_a_copy_under_another_name_is_left_alone(file: KeyFile, tmp_path: Path) -> None:
    key = file.create()
    (tmp_path / "copy").hardlink_to(file.path)
    file.protect(key, "a passphrase")
    assert KeyFile(tmp_path / "copy").open() == key


def test_the_keyring_can_keep_it(file: KeyFile, ring: Ring) -> None:
    key = file.create()
    file.protect(key, None, in_keyring=True)
    assert file.in_keyring
    assert file.open() == key
    assert b"key" not in file.path.read_bytes().replace(b"keyring", b"")
    file.protect(key, "words")
    assert file.in_keyring, "it stays where it is unless told otherwise"
    assert file.open("words") == key
    file.protect(key, None, in_keyring=False)
    assert ring.kept == {}
    assert file.open() == key


def test_a_keyring_without_the_key_is_a_lost_key(file: KeyFile, ring: Ring) -> None:
    file.protect(file.create(), None, in_keyring=True)
    ring.kept.clear()
    with pytest.raises(KeyLost, match="keyring has no key"):
        file.open()


def test_a_system_without_a_keyring_says_so(
    file: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = NoKeyring()  # type: ignore[no-untyped-call]
    monkeypatch.setattr(keyring, "set_password", nothing.set_password)
    key = file.create()
    with pytest.raises(KeyRefused, match="has no keyring"):
        file.protect(key, None, in_keyring=True)
    assert file.open() == key


@pytest.mark.parametrize("content", ["", "{", "[]", "7", '{"key": "c2hvcnQ="}', '{"key": 3}',
                                     '{"wrapped": "x", "salt": "y"}', "\x00"])
def test_a_damaged_file_is_named(file: KeyFile, content: str) -> None:
    file.create()
    file.path.write_text(content)
    with pytest.raises((KeyRefused, KeyLost), match=r"config/key"):
        file.open("any")


def test_destroying_leaves_nothing(file: KeyFile, ring: Ring) -> None:
    file.protect(file.create(), None, in_keyring=True)
    file.destroy()
    file.destroy()
    assert not file.exists
    assert ring.kept == {}
    with pytest.raises(KeyLost):
        file.open()


def test_a_directory_keeps_its_seal(file: KeyFile, tmp_path: Path) -> None:
    first = unsealed_by(file, tmp_path / "seal")
    again = unsealed_by(file, tmp_path / "seal")
    assert again.unseal(first.seal(b"told", "here"), "here") == b"told"


def test_a_lost_key_is_never_replaced(file: KeyFile, tmp_path: Path) -> None:
    unsealed_by(file, tmp_path / "seal")
    file.path.unlink()
    with pytest.raises(KeyLost, match="lethe shred"):
        unsealed_by(file, tmp_path / "seal")
    assert not file.exists


def test_the_key_of_another_directory_is_refused(file: KeyFile, tmp_path: Path) -> None:
    unsealed_by(file, tmp_path / "seal")
    file.path.unlink()
    file.create()
    with pytest.raises(KeyRefused, match="is not the one"):
        unsealed_by(file, tmp_path / "seal")


def test_a_kill_between_key_and_token_loses_nothing(file: KeyFile, tmp_path: Path) -> None:
    key = file.create()
    unsealed_by(file, tmp_path / "seal")
    assert file.open() == key
