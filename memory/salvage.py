"""What can still be read of a damaged SQLite file, row by row.

The file is read into memory and mended there: what was cut off its end is filled with nothing, and
a first page that is gone is taken from a new file of the same tables. A table is then read from its
beginning up to the first damaged page and from its end back to the last; between the two every row
is asked for by its number. It knows nothing of what the rows mean.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

_MAGIC = b"SQLite format 3\0"
_HEADER = 100
_JOURNALLED, _PAGES = slice(18, 20), slice(28, 32)
"""Where the header says how the file is written, and how many pages it has (SQLite's format)."""
_MOST_ASKED = 1_000_000
"""Rows between two damaged places that are asked for one by one; seconds."""


class Table(NamedTuple):
    """The readable rows of one table, by their row number; no columns: it could not be found."""

    columns: tuple[str, ...]
    rows: dict[int, tuple[Any, ...]]


def readable(
    path: Path, names: Sequence[str], pattern: Path | None = None
) -> dict[str, Table]:
    """The readable rows of these tables; none of a file that is not there.

    `pattern` is a new file of the same tables.
    """
    image = _image(path, pattern)
    with closing(sqlite3.connect(":memory:")) as connection:
        if image:
            connection.deserialize(image)
        return {name: _table(connection, name) for name in names}


def _image(path: Path, pattern: Path | None) -> bytes:
    """The file's bytes as far as SQLite must have them to begin reading."""
    if not path.is_file():
        return b""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    image = bytearray(path.read_bytes())
    if not image.startswith(_MAGIC) and pattern is not None:
        first = pattern.read_bytes()
        size = _page_size(first)
        image[:size] = first[:size]
        image[_PAGES] = (-(-len(image) // size)).to_bytes(4, "big")
    if len(image) < _HEADER or not image.startswith(_MAGIC):
        return b""
    image[_JOURNALLED] = b"\1\1"  # a log beside it has been read already
    whole = int.from_bytes(image[_PAGES], "big") * _page_size(image)
    return bytes(image) + bytes(max(0, min(whole, 2 * len(image) + 2**20) - len(image)))


def _page_size(image: bytes | bytearray) -> int:
    """Bytes of a page; 65,536 is written as 1."""
    size = int.from_bytes(image[16:18], "big")
    return 2**16 if size == 1 else max(size, 512)


def copy_rows(source: Path, target: Path, names: Sequence[str]) -> None:
    """Copy what can be read into a sound file that has these tables, keeping row numbers.

    Columns that the sound file does not know are left behind, as are rows that do not fit it.
    """
    found = readable(source, names, pattern=target)
    with closing(sqlite3.connect(target)) as connection, connection:
        for name, table in found.items():
            _insert(connection, name, table)


def _insert(connection: sqlite3.Connection, name: str, table: Table) -> None:
    known = _columns(connection, name)
    places = [place for place, column in enumerate(table.columns) if column in known]
    columns = ", ".join(["rowid", *(table.columns[place] for place in places)])
    marks = ", ".join("?" * (len(places) + 1))
    insert = f"INSERT OR IGNORE INTO {name} ({columns}) VALUES ({marks})"  # noqa: S608 - our names
    for number, row in table.rows.items():
        with suppress(sqlite3.DatabaseError, UnicodeError):
            connection.execute(insert, (number, *(row[place] for place in places)))


def _table(connection: sqlite3.Connection, name: str) -> Table:
    rows: dict[int, tuple[Any, ...]] = {}
    try:
        columns = _columns(connection, name)
    except sqlite3.DatabaseError:
        return Table((), rows)
    if columns:
        rows.update(_scanned(connection, name, "ASC"))
        rows.update(_scanned(connection, name, "DESC"))
        rows.update(_asked_for(connection, name, rows))
    return Table(columns, dict(sorted(rows.items())))


def _columns(connection: sqlite3.Connection, name: str) -> tuple[str, ...]:
    return tuple(row[1] for row in connection.execute(f"PRAGMA table_info({name})"))


def _scanned(
    connection: sqlite3.Connection, name: str, order: str
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Rows up to the first that cannot be read."""
    with suppress(sqlite3.DatabaseError):
        for number, *row in connection.execute(
            f"SELECT rowid, * FROM {name} NOT INDEXED ORDER BY rowid {order}"  # noqa: S608  # nosec B608
        ):
            yield number, tuple(row)


def _asked_for(
    connection: sqlite3.Connection, name: str, known: dict[int, tuple[Any, ...]]
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Rows between those already read; they can be told from deleted ones only by asking."""
    first, last = min(known, default=1), max(known, default=0)
    for number in range(first + 1, min(last, first + _MOST_ASKED)):
        if number in known:
            continue
        with suppress(sqlite3.DatabaseError):
            row = connection.execute(
                f"SELECT * FROM {name} WHERE rowid = ?", (number,)  # noqa: S608 - our own names  # nosec B608
            ).fetchone()
            if row is not None:
                yield number, tuple(row)
