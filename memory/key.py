"""The key that everything kept is sealed with: a private file, or the system's keyring.

A file of JSON, 0600, of one of three forms: the key itself; the key sealed with a passphrase
(scrypt, RFC 7914); or a note that the system's keyring has one of these, under the file's path.
A key outside the data keeps a copy or a backup of the data directory from being read; against
somebody who can read the whole home directory only a passphrase or the keyring helps.

Whoever destroys the key has forgotten everything at once, also in copies made before.
"""

import binascii
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from memory import os_keyring
from memory.errors import KeyLost, KeyRefused, SealBroken
from memory.files import make_private, read_text, readable_errors, sync_folder, write_durably
from memory.sealing import KEY_BYTES, Seal

_SCRYPT = {"n": 2**15, "r": 8, "p": 1}
"""32 MiB and a tenth of a second for each guess."""
_PLACE = "key"


class KeyFile:
    """One data directory's key; nothing is read or written before a method is called."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def exists(self) -> bool:
        """Whether there is a key, wherever it is kept."""
        return self.path.exists()

    @property
    def in_keyring(self) -> bool:
        """Whether the system's keyring has it."""
        return "keyring" in self._note()

    @property
    def locked(self) -> bool:
        """Whether it needs a passphrase."""
        return self.exists and "wrapped" in self._stored()

    def create(self) -> bytes:
        """A new key, durably in the file before it is returned."""
        key = os.urandom(KEY_BYTES)
        self._keep({"key": _text(key)}, in_keyring=False)
        return key

    def open(self, passphrase: str | None = None) -> bytes:
        """The key.

        Raises:
            KeyLost: there is none.
            KeyRefused: the passphrase is missing or wrong, or the file is damaged.
        """
        stored = self._stored()
        if "wrapped" not in stored:
            return self._decoded(stored.get("key"))
        if not passphrase:
            raise KeyRefused(f"the key in {str(self.path)!r} needs its passphrase")
        wrapping = Seal(_stretched(passphrase, self._decoded(stored.get("salt"))))
        try:
            return wrapping.unseal(b64decode(stored["wrapped"]), _PLACE)
        except SealBroken as error:
            raise KeyRefused("the passphrase is wrong") from error

    def protect(
        self, key: bytes, passphrase: str | None, *, in_keyring: bool | None = None
    ) -> None:
        """Keep the key under this passphrase, or none, in the keyring or the file.

        `in_keyring` unset leaves it where it is.

        Raises:
            KeyRefused: this system has no keyring.
        """
        stored = {"key": _text(key)}
        if passphrase:
            salt = os.urandom(KEY_BYTES)
            wrapped = Seal(_stretched(passphrase, salt)).seal(key, _PLACE)
            stored = {"salt": _text(salt), "wrapped": _text(wrapped)}
        self._keep(stored, in_keyring=self.in_keyring if in_keyring is None else in_keyring)

    def destroy(self) -> None:
        """Overwrite the key and remove it; there is no way back. One that is gone is fine."""
        if not self.exists:
            return
        if self.in_keyring:
            os_keyring.drop(str(self.path))
        with readable_errors(self.path):
            descriptor = os.open(self.path, os.O_WRONLY)
            _overwrite(descriptor)
            os.close(descriptor)
            self.path.unlink()
            sync_folder(self.path.parent)

    def _keep(self, stored: dict[str, str], *, in_keyring: bool) -> None:
        make_private(self.path.parent)
        note: dict[str, Any] = stored
        was = self.exists and self.in_keyring
        if in_keyring:
            os_keyring.put(str(self.path), json.dumps(stored))
            note = {"keyring": True}
        with readable_errors(self.path), _old_overwritten(self.path):
            write_durably(self.path, json.dumps(note).encode())
        if was and not in_keyring:
            os_keyring.drop(str(self.path))

    def _note(self) -> dict[str, Any]:
        text = read_text(self.path)
        return self._parsed(text) if text is not None else {}

    def _stored(self) -> dict[str, Any]:
        note = self._note()
        if "keyring" not in note:
            if not note:
                raise KeyLost(f"the key {str(self.path)!r} is not there")
            return note
        text = os_keyring.get(str(self.path))
        if text is None:
            raise KeyLost(f"the keyring has no key of {str(self.path)!r}")
        return self._parsed(text)

    def _parsed(self, text: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = dict(json.loads(text))
        except (ValueError, TypeError) as error:
            raise self._damaged() from error
        return found

    def _decoded(self, text: object) -> bytes:
        try:
            data = b64decode(str(text), validate=True)
        except binascii.Error as error:
            raise self._damaged() from error
        if len(data) != KEY_BYTES:
            raise self._damaged()
        return data

    def _damaged(self) -> KeyRefused:
        return KeyRefused(f"the key file {str(self.path)!r} is damaged")


def unsealed_by(key: KeyFile, token: Path, passphrase: str | None = None) -> Seal:
    """The seal of a data directory: a new one at the very first start, else the one it had.

    Args:
        key: where its key is.
        token: a file in the directory that tells the right key from others.
        passphrase: of the key, where it has one.

    Raises:
        KeyLost: the directory was sealed with a key that is gone.
        KeyRefused: the key cannot be opened, or is another directory's.
    """
    if not key.exists and token.exists():
        raise KeyLost(
            f"the key {str(key.path)!r} is gone, and without it nothing in {str(token.parent)!r} "
            "can be read; put it back, or remove what is left with `lethe shred`"
        )
    seal = Seal(key.open(passphrase) if key.exists else key.create())
    if not token.exists():
        write_durably(token, seal.seal(b"lethe", token.name))
        return seal
    try:
        seal.unseal(token.read_bytes(), token.name)
    except SealBroken as error:
        raise KeyRefused(
            f"the key {str(key.path)!r} is not the one that {str(token.parent)!r} was sealed with"
        ) from error
    return seal


def fleeting() -> Seal:
    """A seal whose key nobody ever has: for what is gone when the program ends."""
    return Seal(os.urandom(KEY_BYTES))


@contextmanager
def _old_overwritten(path: Path) -> Iterator[None]:
    """Overwrite what the file held after it was replaced, so that a key which has got a passphrase
    is not read off the blocks of its old file. One that has another name is somebody's copy."""
    if not path.exists():
        yield
        return
    descriptor = os.open(path, os.O_WRONLY)
    try:
        yield
        if not os.fstat(descriptor).st_nlink:
            _overwrite(descriptor)
    finally:
        os.close(descriptor)


def _overwrite(descriptor: int) -> None:
    os.write(descriptor, os.urandom(os.fstat(descriptor).st_size))
    os.fsync(descriptor)


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def _stretched(passphrase: str, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=KEY_BYTES, **_SCRYPT).derive(passphrase.encode())
