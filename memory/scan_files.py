"""The files of some directories, each as the streams of bytes in which a text may be found.

A file is a stream of its own. What a byte search would miss in it are others: members of a zip
that are compressed, and values of an SQLite database that are longer than a page. Whatever cannot
be read is named.
"""

import os
import sqlite3
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

from memory.byte_search import Readable
from memory.places import Area

_SQLITE = b"SQLite format 3\0"
_ZIP = b"PK"
_BETWEEN = b"\xff"
"""Byte that no UTF-8 text holds."""


class FoundFile(NamedTuple):
    """A file below a directory of Lethe's; `name` is relative to it."""

    area: Area
    name: Path
    path: Path


class Unread(NamedTuple):
    """Something that could not be searched, and why."""

    path: Path
    why: str

    def __str__(self) -> str:
        return f"{self.path}: {self.why}"


def files(
    roots: Mapping[Area, Path], areas: Collection[Area] | None = None
) -> Iterator[FoundFile | Unread]:
    """Every file below the directories once, or below those of some areas alone.

    A file belongs to the innermost directory. Folders that are links are not followed.
    """
    inner = set(roots.values())
    for area, root in roots.items():
        if areas is None or area in areas:
            yield from _files_below(area, root, inner)


def streams(path: Path) -> Iterator[Readable]:
    """The file's bytes, and then what is packed in it, each to be read before the next is asked.

    Raises:
        OSError: the file, or a part of it, cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(len(_SQLITE))
        file.seek(0)
        yield file
    if head == _SQLITE:
        yield from _values(path)
    elif head.startswith(_ZIP):
        yield from _members(path)


def _files_below(area: Area, root: Path, inner: set[Path]) -> Iterator[FoundFile | Unread]:
    refused: list[OSError] = []
    for folder, folders, names in os.walk(root, onerror=refused.append):
        folders[:] = sorted(name for name in folders if Path(folder, name) not in inner)
        for name in sorted(names) + [one for one in folders if Path(folder, one).is_symlink()]:
            yield _looked_at(area, root, Path(folder, name))
    for error in refused:
        if root.exists():
            yield Unread(Path(error.filename or root), error.strerror or str(error))


def _looked_at(area: Area, root: Path, path: Path) -> FoundFile | Unread:
    try:
        if not S_ISREG(path.stat().st_mode):
            return Unread(path, "no regular file")
    except OSError as error:
        return Unread(path, error.strerror or str(error))
    return FoundFile(area, path.relative_to(root), path)


def _members(path: Path) -> Iterator[Readable]:
    """Compressed members of a zip; the others are in the file's own bytes."""
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.compress_type != zipfile.ZIP_STORED:
                    with archive.open(member) as stream:
                        yield stream
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise OSError(f"its packed parts cannot be read: {error}") from error


def _values(path: Path) -> Iterator[Readable]:
    """What the tables hold, a table at a time: a long value lies in pieces in the file.

    The file is read as it lies there, without any lock: its owner may have it open.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as base:
            base.text_factory = bytes
            for (name,) in base.execute(_TABLES).fetchall():
                quoted = name.decode().replace('"', '""')
                yield _Values(base.execute(f'SELECT * FROM "{quoted}"'))  # noqa: S608 - quoted  # nosec B608
    except sqlite3.Error as error:
        raise OSError(f"its tables cannot be read: {error}") from error


_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"


class _Values:
    """Rows of a query as a stream, never all at once."""

    def __init__(self, rows: sqlite3.Cursor) -> None:
        self._pieces = (value + _BETWEEN for row in rows for value in row if _is_bytes(value))
        self._left = b""

    def read(self, size: int, /) -> bytes:
        """The next bytes; fewer than asked for only at the end."""
        parts, length = [self._left], len(self._left)
        while length < size and (piece := next(self._pieces, None)):
            parts.append(piece)
            length += len(piece)
        whole = b"".join(parts)
        self._left = whole[size:]
        return whole[:size]


def _is_bytes(value: object) -> bool:
    return isinstance(value, bytes)
