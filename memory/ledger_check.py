"""Is the ledger's file all that it was? Damage that SQLite does not notice must not look like fewer
requests: a request that is lost is one that stands no more.

A ledger never deletes a row, so SQLite's own count of numbers given out is the number of rows.
"""

import sqlite3
from pathlib import Path

from memory.errors import StoreCorrupt

TABLES = frozenset({"requests", "sqlite_sequence"})
SMALLEST = 512
"""Bytes of the smallest database; SQLite takes a shorter remnant for an empty one."""


def refuse_remnant(path: Path) -> None:
    """Hold that a file which is there is a database or empty, as one is that was just created.

    Raises:
        StoreCorrupt: it was cut off.
    """
    size = path.stat().st_size if path.is_file() else 0
    if 0 < size < SMALLEST:
        raise StoreCorrupt(f"{str(path)!r} is damaged: {size} bytes are no database")


def check_rows(connection: sqlite3.Connection, path: Path) -> None:
    """Hold that every request ever taken in is there, and nothing else.

    Raises:
        StoreCorrupt: requests are missing, or a table is not the ledger's.
    """
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    if strange := names - TABLES:
        raise StoreCorrupt(f"{str(path)!r} is damaged: it has a strange part {min(strange)!r}")
    given = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'requests'").fetchone()
    held, highest = connection.execute("SELECT COUNT(*), MAX(number) FROM requests").fetchone()
    if (given[0] if given else 0, highest or 0) != (held, held):
        raise StoreCorrupt(f"{str(path)!r} is damaged: requests are missing")
