"""Is the ledger's file all that it was? Damage that SQLite does not notice must not look like fewer
requests: a request that is lost is one that stands no more.

A ledger never deletes a row, so SQLite's own count of numbers given out is the number of rows. What
a repair could not save is noted in a table of its own, `lost`, and counts as a row: it was said to
the owner once, and its number is not given out again.
"""

import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

from memory.errors import StoreCorrupt

LOST = "lost"
TABLES = frozenset({"requests", "sqlite_sequence", LOST})
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
    """Hold that every request ever taken in is there or said to be lost, and nothing else.

    Raises:
        StoreCorrupt: requests are missing, or a table is not the ledger's.
    """
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    if strange := names - TABLES:
        raise StoreCorrupt(f"{str(path)!r} is damaged: it has a strange part {min(strange)!r}")
    given = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'requests'").fetchone()
    numbers = [row[0] for row in connection.execute("SELECT number FROM requests")]
    if LOST in names:
        numbers += [row[0] for row in connection.execute("SELECT number FROM lost")]
    if sorted(numbers) != list(range(1, (given[0] if given else 0) + 1)):
        raise StoreCorrupt(f"{str(path)!r} is damaged: requests are missing")


def write_off(path: Path, last: int, broken: Collection[int] = ()) -> None:
    """Let a ledger that nobody has open say which requests are lost.

    Lost are the numbers up to `last`, the highest ever given out, that no row has, and those in
    `broken`, whose rows go, as do rows beyond `last`.
    """
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("CREATE TABLE IF NOT EXISTS lost (number INTEGER PRIMARY KEY)")
        connection.execute("DELETE FROM requests WHERE number NOT BETWEEN 1 AND ?", (last,))
        for number in broken:
            connection.execute("DELETE FROM requests WHERE number = ?", (number,))
        held = {row[0] for row in connection.execute("SELECT number FROM requests")}
        gaps = [(number,) for number in range(1, last + 1) if number not in held]
        connection.executemany("INSERT OR IGNORE INTO lost VALUES (?)", gaps)
        connection.execute("DELETE FROM sqlite_sequence WHERE name = 'requests'")
        connection.execute("INSERT INTO sqlite_sequence VALUES ('requests', ?)", (last,))
