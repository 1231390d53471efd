"""Writes a GGUF file again: metadata byte for byte, tensors copied or in another precision, changed
or not.

A tensor that keeps its type and is not changed is copied, so that without a change the data are
byte-identical. Everything streams: no more than a few rows are in memory at a time. Why a weight
changes is not known here.
"""

import re
import struct
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
from gguf import GGML_QUANT_VERSION, GGUFReader, GGUFValueType
from gguf import GGMLQuantizationType as Type
from numpy.typing import NDArray

from tools.errors import BakeError, ModelFileError
from tools.models.adapters import Factors
from tools.models.bake_types import Types, own_type
from tools.models.gguf_header import MAGIC, Header, Tensor, read_header
from tools.models.requantise import dequantise, quantise, row_bytes
from tools.models.types import Progress

FILE_TYPE, QUANTISATION_VERSION = "general.file_type", "general.quantization_version"
PART = re.compile(r"-\d{5}-of-\d{5}\.gguf$", re.IGNORECASE)
BLOCK = 1 << 22
"""Weights that are worked on at a time, by one thread."""
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """A model file to be written again; `pairs` are the metadata as they lie in it, by key."""

    header: Header
    pairs: dict[str, bytes]
    data: NDArray[np.uint8]

    @property
    def alignment(self) -> int:
        """Every tensor begins at a multiple of this many bytes."""
        given = self.header.metadata.get("general.alignment", 32)
        assert isinstance(given, int)
        return given

    def rows(self, tensor: Tensor) -> NDArray[np.uint8]:
        """A tensor as (rows, bytes of a row)."""
        held = self.data[tensor.offset : tensor.offset + tensor.nbytes]
        return held.reshape(-1, row_bytes(tensor.shape[0], own_type(tensor)))


def open_source(path: Path) -> Source:
    """Open a model file to be written again.

    Raises:
        ModelFileError: it cannot be read as one, or is one of several parts.
    """
    header = read_header(path)
    parts = header.metadata.get("split.count", 1)
    if PART.search(path.name) or (isinstance(parts, int) and parts > 1):
        raise ModelFileError(
            f"{str(path)!r} is one part of a split model; join the parts with"
            " `llama-gguf-split --merge` first"
        )
    try:
        reader = GGUFReader(path)
    except (ValueError, KeyError, IndexError) as error:
        raise ModelFileError(f"{str(path)!r} cannot be copied: {error}") from error
    return Source(header, _pairs(reader), reader.data)


def _pairs(reader: GGUFReader) -> dict[str, bytes]:
    """Each key with the bytes of its whole entry, in the file's order."""
    fields = [field for key, field in reader.fields.items() if not key.startswith("GGUF.")]
    starts = [field.offset for field in fields] + [reader.tensors[0].field.offset]
    return {
        field.name: reader.data[start:end].tobytes()
        for field, start, end in zip(fields, starts, starts[1:], strict=False)
    }


def with_file_type(pairs: Mapping[str, bytes], number: int) -> dict[str, bytes]:
    """The metadata of a file of another kind."""
    return {
        **pairs, FILE_TYPE: _number_pair(FILE_TYPE, number),
        QUANTISATION_VERSION: _number_pair(QUANTISATION_VERSION, GGML_QUANT_VERSION),
    }


def _number_pair(key: str, value: int) -> bytes:
    name = key.encode()
    head = struct.pack("<Q", len(name)) + name
    return head + struct.pack("<II", GGUFValueType.UINT32, value)


def write_file(
    file: BinaryIO, source: Source, pairs: Mapping[str, bytes], types: Types,
    changes: Mapping[str, Factors], *, threads: int = 1, done: Progress | None = None,
) -> None:
    """Write every tensor of `source` in its type of `types`, with `b @ a` added where `changes`
    name it; `done` hears of megabytes and may raise to give up.

    Raises:
        BakeError: a changed weight is no longer a number.
    """
    tensors = source.header.tensors.values()
    sizes = [stored_size(tensor, types[tensor.name]) for tensor in tensors]
    file.write(_head(source, pairs, types, sizes))
    written, total = 0, sum(sizes)
    with ThreadPoolExecutor(threads, thread_name_prefix="bake") as pool:
        for tensor, size in zip(tensors, sizes, strict=True):
            change = changes.get(tensor.name)
            for piece in _pieces(source, tensor, types[tensor.name], change, pool):
                file.write(piece)
                written += len(piece)
                if done:
                    done(written // MEGABYTE, total // MEGABYTE)
            file.write(b"\0" * (-size % source.alignment))
    file.flush()


def stored_size(tensor: Tensor, kind: Type) -> int:
    """Bytes of a tensor in a type."""
    width, *others = tensor.shape
    return row_bytes(width, kind) * int(np.prod(others, dtype=np.int64))


def _head(source: Source, pairs: Mapping[str, bytes], types: Types, sizes: list[int]) -> bytes:
    """Everything before the weights."""
    tensors = source.header.tensors.values()
    parts = [MAGIC, struct.pack("<IQQ", source.header.version, len(tensors), len(pairs))]
    parts += pairs.values()
    offset = 0
    for tensor, size in zip(tensors, sizes, strict=True):
        name, count = tensor.name.encode(), len(tensor.shape)
        parts.append(struct.pack("<Q", len(name)) + name)
        parts.append(struct.pack(f"<I{count}Q", count, *tensor.shape))
        parts.append(struct.pack("<IQ", types[tensor.name], offset))
        offset += size + -size % source.alignment
    head = b"".join(parts)
    return head + b"\0" * (-len(head) % source.alignment)


def _pieces(
    source: Source, tensor: Tensor, kind: Type, change: Factors | None, pool: ThreadPoolExecutor
) -> Iterator[bytes]:
    """The bytes of a tensor, some rows at a time."""
    rows = source.rows(tensor)
    step = max(1, BLOCK // tensor.shape[0])
    starts = range(0, len(rows), step)
    if change is None and kind == own_type(tensor):
        for start in starts:
            yield rows[start : start + step].tobytes()
        return
    convert = partial(_converted, rows, tensor, kind, change, step)
    for first in range(0, len(starts), 64):  # so that little waits in memory to be written
        yield from pool.map(convert, starts[first : first + 64])


def _converted(
    rows: NDArray[np.uint8], tensor: Tensor, kind: Type, change: Factors | None,
    step: int, start: int,
) -> bytes:
    """Some rows, changed and in another type."""
    values = dequantise(rows[start : start + step], own_type(tensor))
    if change is not None:
        with np.errstate(over="ignore", invalid="ignore"):
            values = values + change.b[start : start + step] @ change.a
        if not np.isfinite(values).all():
            raise BakeError(f"the edit of {tensor.name!r} holds values that are no numbers")
    return quantise(values, kind)
