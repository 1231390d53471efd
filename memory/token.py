"""The sealed word by which a data directory knows its key, and what to do when the word is gone.

Without it any key would be taken for the right one, and all that another had sealed for damaged. So
a directory that was in use opens only with its word; where that is damaged, what was sealed beside
it tells whether the key is right.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from memory.directory import DataDirectory
from memory.errors import KeyRefused, SealBroken
from memory.files import write_durably
from memory.key import KeyFile, unsealed_by
from memory.salvage import readable
from memory.sealing import MARK, OVERHEAD, Seal

WORD_FILE = "seal"
WORD = b"lethe"
_STORES = ("ledger.sqlite3", "receipts.sqlite3", "checkpoints.sqlite3")


class _Sealed(NamedTuple):
    data: bytes
    place: str


def is_used(data: Path) -> bool:
    """Whether anything sealed may be in a data directory."""
    files = (data / name for name in _STORES)
    return (data / "chroma").exists() or any(
        path.is_file() and path.stat().st_size for path in files
    )


def is_whole(data: Path) -> bool:
    """Whether a directory's word has the form of one; its key opens it, or is another's."""
    token = data / WORD_FILE
    if not token.is_file():
        return False
    word = token.read_bytes()
    return len(word) == len(WORD) + OVERHEAD and word.startswith(MARK)


def seal_of(data: Path, key: KeyFile, passphrase: str | None = None) -> Seal:
    """The seal of a data directory; a new one where nothing was ever sealed.

    Raises:
        KeyLost: the directory was sealed with a key that is gone.
        KeyRefused: the key cannot be opened, or is another directory's, or nothing tells which.
    """
    if is_used(data) and not is_whole(data):
        raise KeyRefused(
            f"{str(data / WORD_FILE)!r} is missing or damaged, so nothing tells whether the key is"
            " right (see `lethe doctor --repair`)"
        )
    return unsealed_by(key, data / WORD_FILE, passphrase)


def proven(data: Path, key: KeyFile, passphrase: str | None = None) -> Seal:
    """The seal of a directory whose word is damaged, after something there was opened with it.

    Raises:
        KeyLost: the key is gone.
        KeyRefused: it cannot be opened, or nothing in the directory opens with it.
    """
    seal = Seal(key.open(passphrase))
    sealed = list(_sealed(data))
    if sealed and not any(_opens(seal, one) for one in sealed):
        raise KeyRefused(
            f"nothing in {str(data)!r} opens with the key {str(key.path)!r}, so it is left as it is"
        )
    return seal


def rewrite(directory: DataDirectory, seal: Seal) -> None:
    """Put a new word in place of a damaged one."""
    write_durably(directory.token, seal.seal(WORD, WORD_FILE))


def _opens(seal: Seal, one: _Sealed) -> bool:
    try:
        seal.unseal(one.data, one.place)
    except SealBroken:
        return False
    return True


def _sealed(data: Path) -> Iterator[_Sealed]:
    """What can still be read of the requests, the receipts and the talk, sealed as it is."""
    requests = readable(data / "ledger.sqlite3", ("requests",))["requests"]
    for number, row in requests.rows.items():
        yield from _blobs(row, f"ledger/r{number}/label")
    receipts = readable(data / "receipts.sqlite3", ("receipts", "head"))
    for number, row in receipts["receipts"].rows.items():
        yield from _blobs(row, f"receipts/{number}")
    for row in receipts["head"].rows.values():
        yield from _blobs(row, "receipts/head")
    talk = readable(data / "checkpoints.sqlite3", ("checkpoints",))["checkpoints"]
    for row in talk.rows.values():
        yield from _blobs(row, "checkpoints")


def _blobs(row: tuple[object, ...], place: str) -> Iterator[_Sealed]:
    return (_Sealed(value, place) for value in row if isinstance(value, bytes))
