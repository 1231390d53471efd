"""Weights of a model file as float32, some rows at a time: a large matrix is never whole in
memory."""

from collections.abc import Iterator

import numpy as np
from gguf import GGMLQuantizationType as Type
from numpy.typing import NDArray

from tools.errors import ModelError
from tools.models.gguf_header import Header, Tensor
from tools.models.requantise import dequantise, row_bytes

Floats = NDArray[np.float32]
BLOCK = 1 << 22
"""Weights in memory at a time."""


def blocks(header: Header, name: str) -> Iterator[Floats]:
    """The rows of a weight in their order, as (rows, inputs) pieces.

    Raises:
        ModelError: the file has no such matrix.
    """
    tensor = matrix(header, name)
    width, kind = tensor.shape[0], Type[tensor.type_name]
    stored = np.memmap(header.path, np.uint8, "r", tensor.offset, (tensor.nbytes,))
    rows = stored.reshape(-1, row_bytes(width, kind))
    step = max(1, BLOCK // width)
    for start in range(0, len(rows), step):
        yield dequantise(rows[start:start + step], kind)


def matrix(header: Header, name: str) -> Tensor:
    """The tensor of that name.

    Raises:
        ModelError: the file has no such matrix.
    """
    tensor = header.tensors.get(name)
    if tensor is None or len(tensor.shape) != 2:
        raise ModelError(f"{str(header.path)!r} has no matrix {name!r}")
    return tensor


def vector(header: Header, name: str) -> Floats:
    """A vector of the file, such as a norm's weight; llama.cpp keeps these in float32.

    Raises:
        ModelError: the file has no such vector.
    """
    tensor = header.tensors.get(name)
    if tensor is None or len(tensor.shape) != 1 or tensor.type_name != "F32":
        raise ModelError(f"{str(header.path)!r} has no vector {name!r}")
    return np.array(np.memmap(header.path, np.float32, "r", tensor.offset, tensor.shape))


def from_left(header: Header, name: str, rows: Floats) -> Floats:
    """`rows @ W` (rows, inputs) for a weight W (outputs, inputs) of the file."""
    found = np.zeros((len(rows), matrix(header, name).shape[0]), np.float32)
    start = 0
    for part in blocks(header, name):
        found += rows[:, start:start + len(part)] @ part
        start += len(part)
    return found


def from_right(header: Header, name: str, rows: Floats) -> Floats:
    """`rows @ W.T` (rows, outputs) for a weight W (outputs, inputs) of the file."""
    return np.hstack([rows @ part.T for part in blocks(header, name)])
