"""SQLite opened so that deleted bytes are gone, and its errors made readable.

Deleting a row leaves its text in three places: free pages (secure_delete zeroes them), gaps that
page balancing leaves inside live pages (in about one file of a hundred; VACUUM rewrites those) and
the write-ahead log (truncated).
A purge therefore ends with `scrub`. The file itself remembers that one is due, in its header field
`user_version`, set in the same transaction as the deletion: a crash in between is made good by
`finish_scrub` at the next opening.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from memory.errors import DirectoryNotWritable, DiskFull, MemoryFault, PurgeIncomplete, StoreCorrupt

_SCRUB_DUE = 1


def connect(path: Path) -> sqlite3.Connection:
    """Open or create a database, 0600, usable from any thread under the caller's lock.

    Every commit waits for the disk. Transactions are the caller's, by `BEGIN`.

    Raises:
        StoreCorrupt: the file is not a database, or is damaged.
    """
    with readable_errors(path):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(path, check_same_thread=False)
        try:
            _prepare(connection, path)
        except (sqlite3.Error, MemoryFault):
            connection.close()
            raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    for pragma in ("secure_delete=ON", "synchronous=EXTRA", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if damage != "ok":
        raise StoreCorrupt(f"{str(path)!r} is damaged: {damage.splitlines()[-1]}")


@contextmanager
def readable_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into one line that names `path`.

    Raises:
        StoreCorrupt: damaged or not a database.
        DiskFull: no room for the change; it was rolled back.
        DirectoryNotWritable: the file cannot be opened or written.
    """
    try:
        yield
    except sqlite3.ProgrammingError:  # a use after close is a bug of ours, not of the file's
        raise
    except UnicodeDecodeError as error:
        raise StoreCorrupt(f"{str(path)!r} is damaged: text that is not UTF-8") from error
    except sqlite3.OperationalError as error:
        if "decode" in str(error):
            raise StoreCorrupt(f"{str(path)!r} is damaged: text that is not UTF-8") from error
        if "no such" in str(error):
            raise StoreCorrupt(f"{str(path)!r} is damaged: {error}") from error
        kind = DiskFull if "full" in str(error) else DirectoryNotWritable
        raise kind(f"cannot write {str(path)!r}: {error}") from error
    except sqlite3.DatabaseError as error:
        said = " ".join(str(error).split())  # SQLite quotes a damaged schema with its lines
        raise StoreCorrupt(f"{str(path)!r} is damaged: {said}") from error
    except OSError as error:
        raise DirectoryNotWritable(f"cannot open {str(path)!r}: {error.strerror}") from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, also when the process is killed inside."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def scrub_later(connection: sqlite3.Connection) -> None:
    """Note, within the running transaction, that deleted bytes have to be scrubbed."""
    connection.execute(f"PRAGMA user_version={_SCRUB_DUE}")


def scrub(connection: sqlite3.Connection) -> None:
    """Rewrite the file without what was deleted and empty its log; then take back the note.

    Raises:
        PurgeIncomplete: the log is in use by another reader.
    """
    connection.execute("VACUUM")
    empty_log(connection)
    connection.execute("PRAGMA user_version=0")
    empty_log(connection)


def finish_scrub(connection: sqlite3.Connection) -> None:
    """Do what a crash has left undone; cheap when nothing is."""
    empty_log(connection)
    if connection.execute("PRAGMA user_version").fetchone()[0] == _SCRUB_DUE:
        scrub(connection)


def empty_log(connection: sqlite3.Connection) -> None:
    """Move the write-ahead log into the file and cut it to nothing.

    Raises:
        PurgeIncomplete: the log is in use by another reader.
    """
    busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        raise PurgeIncomplete("the database log is in use and still holds removed text")


class Database:
    """One open file, for one thread at a time, with readable errors: what a store is built on.

    Args:
        path: the SQLite file.
        opener: what opens it.
    """

    def __init__(self, path: Path, opener: Callable[[Path], sqlite3.Connection]) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._connection = opener(path)

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _work(self) -> Iterator[None]:
        with self._lock, readable_errors(self._path):
            yield
