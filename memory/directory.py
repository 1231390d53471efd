"""The data directory: one per user, 0700, held by one running Lethe at a time.

Every store has its name here and nowhere else. Two programs on one directory would read each
other's half-written Chroma files, and a late writer could bring back what was purged, so even a
reader takes the lock.
"""

import os
import re
import shutil
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from filelock import FileLock, Timeout

from memory.errors import (
    DirectoryForeign,
    DirectoryHeld,
    DirectoryTooNew,
    DiskFull,
    StoreCorrupt,
)
from memory.files import make_private, read_text, readable_errors, write_durably

VERSION = 2
"""Format of the whole directory; raised whenever a store's layout changes."""

MINIMUM_FREE = 64 * 2**20
"""Bytes that must be free to begin: compaction needs room for a second copy."""

LAYOUT: Mapping[str, str] = MappingProxyType({
    "lock": "taken by the running Lethe",
    "holder": "process id of the running Lethe, for the other one's message",
    "version": "format of this directory",
    "seal": "a sealed word that tells the right key from another",
    "ledger.sqlite3": "requests: subjects, plans, receipts, and purged memories until restored",
    "receipts.sqlite3": "receipts of what was done, sealed, with the subjects' names",
    "checkpoints.sqlite3": "conversations and the graph's state",
    "chroma": "memories with their vectors, and the targets' vectors",
    "retention": "after how many days conversations go, and when that was last looked at",
    "edits": "statistics and adapters of the weight edits",
    "damaged": "what repairs took out of use, as damaged-1, damaged-2, ...; not purged",
    "config": "the user's settings, when they are kept with the data",
    "state": "logs and the screen's own state, when they are kept with the data",
})
"""Every store of user text, vectors or what is derived from them, and what it holds."""

_NUMBERED = re.compile(r"^damaged-\d+$")
_SIDE_FILES = ("-journal", "-wal", "-shm", ".new")


def store_of(name: str) -> str | None:
    """The LAYOUT entry that a file or folder in the directory belongs to, None if to none.

    >>> store_of("ledger.sqlite3-journal")
    'ledger.sqlite3'
    """
    for suffix in _SIDE_FILES:
        name = name.removesuffix(suffix)
    name = _NUMBERED.sub("damaged", name)
    return name if name in LAYOUT else None


class DataDirectory:
    """Opens and holds a data directory; use it as a context manager or `close` it.

    Args:
        path: created when missing, with its parents.
        minimum_free: bytes that must be free on its disk.

    Raises:
        DirectoryHeld: another running Lethe has it; never waits.
        DirectoryNotWritable: it cannot be created or written.
        DirectoryForeign: it holds files that are not Lethe's and no version file.
        DirectoryTooNew: its format is unknown to this program.
        DiskFull: less than `minimum_free` bytes are free.
    """

    def __init__(self, path: Path, *, minimum_free: int = MINIMUM_FREE) -> None:
        self.path = path.expanduser().absolute()
        with ExitStack() as undo:
            undo.callback(os.umask, os.umask(0o077))
            self._open(undo, minimum_free)
            self._undo = undo.pop_all()

    @property
    def token(self) -> Path:
        """File that tells whether a key is this directory's."""
        return self.path / "seal"

    @property
    def ledger(self) -> Path:
        """SQLite file of requests."""
        return self.path / "ledger.sqlite3"

    @property
    def receipts(self) -> Path:
        """SQLite file of receipts."""
        return self.path / "receipts.sqlite3"

    @property
    def checkpoints(self) -> Path:
        """SQLite file of conversations."""
        return self.path / "checkpoints.sqlite3"

    @property
    def chroma(self) -> Path:
        """Folder of the vector store."""
        return self.path / "chroma"

    @property
    def retention(self) -> Path:
        """File of how long conversations are kept."""
        return self.path / "retention"

    @property
    def edits(self) -> Path:
        """Folder of the weight edits."""
        return self.path / "edits"

    def close(self) -> None:
        """Release the lock and the process's umask; the stores must be closed before."""
        self._undo.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _open(self, undo: ExitStack, minimum_free: int) -> None:
        make_private(self.path)
        _refuse_foreign(self.path)
        with readable_errors(self.path):
            self.path.chmod(0o700)
        _hold(self.path, undo)
        _check_room(self.path, minimum_free)
        _check_version(self.path / "version")


def _refuse_foreign(path: Path) -> None:
    with readable_errors(path):
        names = sorted(entry.name for entry in path.iterdir())
    strangers = [name for name in names if store_of(name) is None]
    if strangers and "version" not in names:
        raise DirectoryForeign(
            f"{str(path)!r} holds other files ({strangers[0]!r}); "
            "Lethe keeps its data in a directory of its own"
        )


def _hold(path: Path, undo: ExitStack) -> None:
    lock = FileLock(path / "lock", timeout=0, mode=0o600)
    holder = path / "holder"
    with readable_errors(path):
        try:
            lock.acquire()
        except Timeout as error:
            raise DirectoryHeld(f"{str(path)!r} is used by another Lethe{_who(holder)}") from error
    undo.callback(lock.release)
    write_durably(holder, f"{os.getpid()}\n".encode())
    undo.callback(holder.unlink, missing_ok=True)


def _who(holder: Path) -> str:
    with suppress(StoreCorrupt):
        text = (read_text(holder) or "").strip()
        return f" (process {text})" if text.isdecimal() else ""
    return ""


def _check_room(path: Path, minimum_free: int) -> None:
    free = shutil.disk_usage(path).free
    if free < minimum_free:
        raise DiskFull(
            f"the disk of {str(path)!r} has {free // 2**20} MiB free; "
            f"{minimum_free // 2**20} MiB are needed"
        )


def _check_version(path: Path) -> None:
    text = read_text(path)
    if text is None:
        write_durably(path, f"{VERSION}\n".encode())
    elif text.strip() != str(VERSION):
        raise DirectoryTooNew(
            f"{str(path)!r} says {text.strip()!r}; this Lethe knows version {VERSION} only"
        )
