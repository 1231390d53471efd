"""Reads the header of a GGUF file: metadata and the list of tensors, never a weight.

Written out here, and not left to llama.cpp, because a damaged file must be found before llama.cpp
sees it: it may end the process. Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
Knows nothing of what a model needs; `gguf_file` judges that.
"""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import NamedTuple

from tools.errors import ModelFileError

MAGIC = b"GGUF"
VERSIONS = (2, 3)
KEPT_ARRAY = 4096
"""Longest array kept; vocabularies are longer and only counted."""

_SCALARS = dict(zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd", strict=True))
"""Metadata type -> `struct` code."""
_STRING, _ARRAY = 8, 9
_LONGEST_NAME = 63
_MOST_DIMENSIONS = 4

Scalar = str | int | float | bool


class LongArray(NamedTuple):
    """An array too long to keep: its element type and its length."""

    kind: int
    length: int


class Tensor(NamedTuple):
    """One tensor as the file describes it; `shape` in ggml's order (row length first)."""

    name: str
    shape: tuple[int, ...]
    type_name: str
    nbytes: int
    offset: int
    """Where its bytes begin in the file."""


Value = Scalar | list[Scalar] | LongArray


@dataclass(frozen=True, slots=True)
class Header:
    """Everything before the weights of one file."""

    path: Path
    version: int
    metadata: dict[str, Value]
    tensors: dict[str, Tensor]
    size_bytes: int


class _Damaged(Exception):
    """Internal: what is wrong with the bytes; `read_header` adds the path."""


def read_header(path: Path) -> Header:
    """Read and check the header of `path`.

    Raises ModelFileError in one line if the file is missing, unreadable, not GGUF, of another
    version, damaged, or shorter than its tensors need.
    """
    _check_there(path)
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return parse_header(path, data)
    except OSError as error:
        raise ModelFileError(f"{str(path)!r} cannot be read: {error.strerror}") from error


def parse_header(path: Path, data: mmap.mmap | bytes) -> Header:
    """The header of bytes that lie, or would lie, at `path`; raises as `read_header`."""
    try:
        return _parse(path, data, len(data))
    except _Damaged as damage:
        raise ModelFileError(f"{str(path)!r} {damage}") from None


def _check_there(path: Path) -> None:
    try:
        if path.is_dir():
            raise ModelFileError(f"{str(path)!r} is a directory; give the .gguf file in it")
        size = path.stat().st_size
    except OSError as error:
        raise ModelFileError(f"no model file at {str(path)!r}: {error.strerror}") from error
    if size == 0:
        raise ModelFileError(f"{str(path)!r} is empty; a GGUF model file was expected")


def _parse(path: Path, data: mmap.mmap | bytes, size: int) -> Header:
    version = _version(data)
    cursor = _Cursor(data, size)
    cursor.at = 8
    tensor_count, pair_count = cursor.scalar("Q"), cursor.scalar("Q")
    metadata = dict(_pairs(cursor, pair_count))
    if len(metadata) != pair_count:
        raise _Damaged("is damaged: a metadata key occurs twice")
    tensors = _tensors(cursor, tensor_count, _alignment(metadata))
    return Header(path, version, metadata, tensors, size)


def _version(data: mmap.mmap | bytes) -> int:
    start = bytes(data[:8])
    if start[:4] != MAGIC:
        raise _Damaged(f"is not a GGUF file: it starts with {start[:4]!r} instead of {MAGIC!r}")
    if len(start) < 8:
        raise _Damaged(f"is truncated after {len(start)} bytes")
    version: int = struct.unpack("<I", start[4:])[0]
    if version not in VERSIONS:
        found = "a big-endian file" if version & 0xFFFF == 0 else f"version {version}"
        raise _Damaged(f"is GGUF, but {found}; versions 2 and 3 (little-endian) can be read")
    return version


class _Cursor:
    """A position in the bytes that never leaves them."""

    def __init__(self, data: mmap.mmap | bytes, size: int) -> None:
        self.data, self.size, self.at = data, size, 0

    def skip(self, count: int) -> int:
        """Move on by `count` bytes; returns the position before."""
        start = self.at
        if count > self.size - start:
            raise _Damaged(f"is truncated or damaged: its header goes on after byte {self.size}")
        self.at = start + count
        return start

    def scalar(self, code: str) -> int:
        start = self.skip(struct.calcsize(f"<{code}"))
        value: int = struct.unpack_from(f"<{code}", self.data, start)[0]
        return value

    def text(self) -> str:
        length = self.scalar("Q")
        start = self.skip(length)
        return self.data[start : start + length].decode("utf-8", "replace")

    def value(self, kind: int) -> Scalar:
        if kind == _STRING:
            return self.text()
        if kind not in _SCALARS:
            raise _Damaged(f"is damaged: unknown metadata type {kind} at byte {self.at}")
        return self.scalar(_SCALARS[kind])

    def array(self) -> list[Scalar] | LongArray:
        kind, length = self.scalar("I"), self.scalar("Q")
        if length <= KEPT_ARRAY:
            return [self.value(kind) for _ in range(length)]
        if kind in _SCALARS:
            self.skip(length * struct.calcsize(_SCALARS[kind]))
        else:
            self._skip_texts(kind, length)
        return LongArray(kind, length)

    def _skip_texts(self, kind: int, length: int) -> None:
        if kind != _STRING:
            raise _Damaged(f"is damaged: an array of type {kind} at byte {self.at}")
        for _ in range(length):
            self.skip(self.scalar("Q"))


def _pairs(cursor: _Cursor, count: int) -> Iterator[tuple[str, Value]]:
    for _ in range(count):
        key, kind = cursor.text(), cursor.scalar("I")
        yield key, cursor.array() if kind == _ARRAY else cursor.value(kind)


def _alignment(metadata: dict[str, Value]) -> int:
    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or alignment <= 0 or alignment & (alignment - 1):
        raise _Damaged(f"is damaged: its alignment is {alignment!r}, not a power of two")
    return alignment


def _tensors(cursor: _Cursor, count: int, alignment: int) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    end = 0
    for _ in range(count):
        tensor = _tensor(cursor)
        if tensor.name in found:
            raise _Damaged(f"is damaged: tensor {tensor.name!r} occurs twice")
        if tensor.offset % alignment:
            raise _Damaged(f"is damaged: tensor {tensor.name!r} is not aligned")
        found[tensor.name] = tensor
        end = max(end, tensor.offset + tensor.nbytes)
    start = -(-cursor.at // alignment) * alignment
    needed = start + end
    if needed > cursor.size:
        raise _Damaged(
            f"is truncated: its tensors need {needed:,} bytes and it has {cursor.size:,};"
            " fetch or copy it again"
        )
    return {name: each._replace(offset=start + each.offset) for name, each in found.items()}


def _tensor(cursor: _Cursor) -> Tensor:
    """One tensor; its offset is still counted from where the weights begin."""
    name, dimensions = cursor.text(), cursor.scalar("I")
    if not 0 < dimensions <= _MOST_DIMENSIONS or len(name.encode()) > _LONGEST_NAME:
        raise _Damaged(f"is damaged: tensor {name[:_LONGEST_NAME]!r} has {dimensions} dimensions")
    shape = tuple(cursor.scalar("Q") for _ in range(dimensions))
    kind, offset = cursor.scalar("I"), cursor.scalar("Q")
    type_name, nbytes = _storage(name, shape, kind)
    return Tensor(name, shape, type_name, nbytes, offset)


def _storage(name: str, shape: tuple[int, ...], kind: int) -> tuple[str, int]:
    """Name of the weight type and the bytes that a tensor of this shape takes in it."""
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    try:
        weight_type = GGMLQuantizationType(kind)
    except ValueError:
        raise _Damaged(f"has tensor {name!r} of weight type {kind}, unknown here") from None
    block, block_bytes = GGML_QUANT_SIZES[weight_type]
    if shape[0] % block or 0 in shape:
        raise _Damaged(f"is damaged: tensor {name!r} has shape {shape} in {weight_type.name}")
    return weight_type.name, prod(shape) // block * block_bytes
