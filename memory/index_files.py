"""Chroma's vector index files, and the strangers' bytes in them.

A new index (hnswlib, Chroma's version) is written with room for a hundred vectors before it has
one, and that room is not initialised: whatever the process's heap held at that address, such as a
text removed a moment ago, lands in the file. It is written again at the first use after each
opening, until a thousand rows have been added. Found by the raw byte search of the tests.
`zero_unused` overwrites that room, which the index never reads.

Format of `header.bin`, little-endian: int32 version, then uint64 offset, capacity, count, bytes per
vector, ...; `data_level0.bin` has those bytes for each vector, `length.bin` a float32, and
`link_lists.bin` at least an int32: it is empty as long as no vector was ever written.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from memory.files import readable_errors

_HEADER = struct.Struct("<i4Q")
_FLOAT = 4

Fingerprint = tuple[tuple[str, int, int], ...]


class _Room(NamedTuple):
    """A file with its bytes in use and in all."""

    file: Path
    used: int
    size: int


def zero_unused(folder: Path) -> None:
    """Overwrite what no vector uses in every index below a folder, also while Chroma has it open.

    An index that has vectors is left alone: its files end with the last of them.
    """
    for header in folder.glob("*/header.bin"):
        for room in _rooms(header):
            _zero(room)


def fingerprint(folder: Path) -> Fingerprint:
    """Changes whenever an index below the folder is written; some microseconds."""
    found = [(file, file.stat()) for file in sorted(folder.glob("*/*.bin"))]
    return tuple((str(file), state.st_mtime_ns, state.st_size) for file, state in found)


def _rooms(header: Path) -> Iterator[_Room]:
    data = header.read_bytes()
    links = header.with_name("link_lists.bin")
    if len(data) < _HEADER.size or not links.exists() or links.stat().st_size:
        return
    _, _, capacity, count, width = _HEADER.unpack_from(data)
    for name, each in (("data_level0.bin", width), ("length.bin", _FLOAT)):
        file = header.with_name(name)
        size = file.stat().st_size if file.exists() else 0
        if count <= capacity and capacity * each == size:
            yield _Room(file, count * each, size)


def _zero(room: _Room) -> None:
    with readable_errors(room.file), room.file.open("r+b") as file:
        file.seek(room.used)
        if any(file.read()):
            file.seek(room.used)
            file.write(bytes(room.size - room.used))
