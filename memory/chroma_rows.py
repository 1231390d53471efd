"""The live rows of a Chroma folder that Chroma itself no longer opens, read from its SQLite file.

Chroma 1.5 writes every row's metadata to tables at once; only live rows are in `embeddings`. What
is sealed there is left sealed. Vectors are not looked for: they are in index files, and the text
gives them again.
"""

from pathlib import Path
from typing import Any, NamedTuple

from memory.salvage import Table, readable

_TABLES = ("collections", "segments", "embeddings", "embedding_metadata")


class LiveRow(NamedTuple):
    """One row as Chroma takes it."""

    id: str
    metadata: dict[str, Any]


def live_rows(folder: Path, collection: str) -> tuple[list[LiveRow], int]:
    """The rows of a collection that are whole, and how many more are known of.

    `folder` is one generation; a row without its metadata counts as not whole.
    """
    file = folder / "chroma.sqlite3"
    if not file.is_file():
        return [], 0
    tables = readable(file, _TABLES)
    segments = _segments(tables, collection)
    values = _values(tables["embedding_metadata"])
    rows, broken = [], 0
    for row in _dicts(tables["embeddings"]):
        if row["segment_id"] not in segments:
            continue
        metadata = values.get(row["id"], {})
        if metadata:
            rows.append(LiveRow(row["embedding_id"], metadata))
        else:
            broken += 1
    return rows, broken


def _segments(tables: dict[str, Table], collection: str) -> set[str]:
    ids = {row["id"] for row in _dicts(tables["collections"]) if row["name"] == collection}
    return {row["id"] for row in _dicts(tables["segments"]) if row["collection"] in ids}


def _values(table: Table) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for row in _dicts(table):
        kinds = ("string_value", "int_value", "float_value")
        value = next((row[kind] for kind in kinds if row[kind] is not None), None)
        if value is not None:
            found.setdefault(row["id"], {})[row["key"]] = value
    return found


def _dicts(table: Table) -> list[dict[str, Any]]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows.values()]
