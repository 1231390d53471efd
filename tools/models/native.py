"""The few pieces of ggml and llama.cpp that the binding does not wrap: tensors seen from Python.

`Tensor` mirrors `struct ggml_tensor` of the pinned llama-cpp-python (ggml 0.25); a test compares
its size with the library's own figure. Nothing here knows what a tensor means.
"""

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
from llama_cpp import llama_cpp as llama
from numpy.typing import NDArray

from tools.errors import ModelError

Integers = Sequence[int] | NDArray[Any]

MAX_DIMS, MAX_SRC, MAX_NAME, MAX_OP_PARAMS = 4, 10, 64, 64
F32 = 0
"""GGML_TYPE_F32, the type of every activation that is read or written here."""


class Tensor(ctypes.Structure):
    """`struct ggml_tensor`."""


Tensor._fields_ = [
    ("type", ctypes.c_int),
    ("buffer", ctypes.c_void_p),
    ("ne", ctypes.c_int64 * MAX_DIMS),
    ("nb", ctypes.c_size_t * MAX_DIMS),
    ("op", ctypes.c_int),
    ("op_params", ctypes.c_int32 * (MAX_OP_PARAMS // 4)),
    ("flags", ctypes.c_int32),
    ("src", ctypes.POINTER(Tensor) * MAX_SRC),
    ("view_src", ctypes.POINTER(Tensor)),
    ("view_offs", ctypes.c_size_t),
    ("data", ctypes.c_void_p),
    ("name", ctypes.c_char * MAX_NAME),
    ("extra", ctypes.c_void_p),
    ("padding", ctypes.c_char * 8),
]


@cache
def ggml() -> ctypes.CDLL:
    """libggml-base, the very copy that libllama is linked to (the unversioned file is another)."""
    library = ctypes.CDLL(str(Path(llama_cpp.__file__).parent / "lib" / "libggml-base.so.0"))
    library.ggml_nbytes.restype = ctypes.c_size_t
    library.ggml_nbytes.argtypes = [ctypes.c_void_p]
    library.ggml_tensor_overhead.restype = ctypes.c_size_t
    library.ggml_op_name.restype = ctypes.c_char_p
    library.ggml_op_name.argtypes = [ctypes.c_int]
    for name in ("ggml_backend_tensor_get", "ggml_backend_tensor_set"):
        function = getattr(library, name)
        function.restype = None
        function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t]
    return library


def at(pointer: int) -> Tensor:
    """The tensor at an address that a callback was given."""
    return ctypes.cast(pointer, ctypes.POINTER(Tensor)).contents


def multiplies(tensor: Tensor) -> bool:
    """Whether a node is the product of a weight (its first source) and activations (its second)."""
    return bool(ggml().ggml_op_name(tensor.op) == b"MUL_MAT")


def read_rows(pointer: int, tensor: Tensor) -> NDArray[np.float32]:
    """A float32 activation as (rows, width), one row a token."""
    rows = np.empty((_row_count(tensor), tensor.ne[0]), np.float32)
    ggml().ggml_backend_tensor_get(pointer, rows.ctypes.data, 0, rows.nbytes)
    return rows


def write_rows(pointer: int, tensor: Tensor, rows: NDArray[np.float32]) -> None:
    """Overwrite a float32 activation with (rows, width) of its own shape."""
    assert rows.shape == (_row_count(tensor), tensor.ne[0])
    data = np.ascontiguousarray(rows, np.float32)
    ggml().ggml_backend_tensor_set(pointer, data.ctypes.data, 0, data.nbytes)


def _row_count(tensor: Tensor) -> int:
    if tensor.type != F32:
        raise ModelError(f"activation {tensor.name.decode()!r} is not float32")
    steps = [4 * prod(tensor.ne[:dim]) for dim in range(MAX_DIMS)]
    if list(tensor.nb) != steps:
        raise ModelError(f"activation {tensor.name.decode()!r} does not lie in one piece")
    return int(tensor.ne[1] * tensor.ne[2] * tensor.ne[3])


@contextmanager
def batch_of(
    tokens: Integers, positions: Integers, sequences: Sequence[int], outputs: Integers
) -> Iterator[Any]:
    """A `llama_batch` of one token a row, each in one sequence; `outputs` is 1 where logits are
    wanted, else 0."""
    size = len(tokens)
    batch = llama.llama_batch_init(size, 0, 1)
    try:
        batch.n_tokens = size
        _fill(batch.token, tokens, np.int32)
        _fill(batch.pos, positions, np.int32)
        _fill(batch.n_seq_id, np.ones(size), np.int32)
        _fill(batch.logits, outputs, np.int8)
        for row, sequence in enumerate(sequences):
            batch.seq_id[row][0] = sequence
        yield batch
    finally:
        llama.llama_batch_free(batch)


def _fill(target: Any, values: Integers, dtype: Any) -> None:
    data = np.ascontiguousarray(values, dtype)
    ctypes.memmove(target, data.ctypes.data, data.nbytes)


def vocabulary_size(model: int) -> int:
    """Number of tokens, the width of the logits."""
    return int(llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(model)))


def set_adapter(context: int, adapter: int | None) -> None:
    """Plug one adapter into a context at scale 1, or none; the context's memory is now stale."""
    if adapter is None:
        llama.llama_set_adapters_lora(context, None, 0, None)
        return
    adapters = (llama.llama_adapter_lora_p_ctypes * 1)(adapter)
    llama.llama_set_adapters_lora(context, adapters, 1, (ctypes.c_float * 1)(1.0))
