"""Is the ledger's file all that it was? Damage that SQLite does not notice must not look like fewer
requests: a request that is lost is one that stands no more.

A ledger never deletes a row, so SQLite's own count of numbers given out is the number of rows.
"""

import sqlite3
from pathlib import Path
from typing import Any, get_args

from memory.errors import StoreCorrupt
from memory.request import Method, RequestState, Scope, StoredMemory

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


def is_whole(columns: dict[str, Any]) -> bool:
    """Whether the columns of a row, its JSON read, have the shape of a record."""
    texts = ("subject", "created", "updated", "thread_id")
    return (
        all(isinstance(columns[name], str) for name in texts)
        and columns["scope"] in get_args(Scope)
        and columns["method"] in get_args(Method)
        and columns["state"] in get_args(RequestState)
        and _is_list_of(str, columns["aliases"])
        and isinstance(columns["plan"], dict)
        and all(isinstance(columns[name], dict | None) for name in ("findings", "measured"))
        and isinstance(columns["seconds"], float | None)
        and (columns["purged"] is None or _are_memories(columns["purged"]))
    )


def _is_list_of(kind: type, value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, kind) for each in value)


def _are_memories(value: object) -> bool:
    keys = StoredMemory.__required_keys__
    return isinstance(value, list) and all(
        isinstance(each, dict) and keys <= each.keys() for each in value
    )
