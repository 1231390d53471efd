"""Weights from one precision into another, row by row.

gguf-py reads every precision but writes none of the K-quants, so writing goes through the very copy
of libggml that llama.cpp is linked to. Rows do not depend on one another: a matrix may be done in
parts. Neither files nor the meaning of a weight are known here.
"""

import ctypes
from functools import cache

import numpy as np
from gguf import GGML_QUANT_SIZES
from gguf import GGMLQuantizationType as Type
from gguf.quants import dequantize
from numpy.typing import NDArray

from tools.models import native

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

WRITABLE = frozenset({
    Type.F32, Type.F16, Type.BF16, Type.Q8_0, Type.Q6_K, Type.Q5_K, Type.Q5_1, Type.Q5_0,
    Type.Q4_K, Type.Q4_1, Type.Q4_0, Type.Q3_K, Type.Q2_K, Type.IQ4_NL, Type.IQ4_XS, Type.IQ3_S,
})
"""What can be written without an importance matrix of the activations."""


def row_bytes(width: int, kind: Type) -> int:
    """Bytes of a row of `width` weights; `width` must be a multiple of the type's block."""
    block, size = GGML_QUANT_SIZES[kind]
    assert width % block == 0
    return int(width // block * size)


def fits(width: int, kind: Type) -> bool:
    """Whether rows of `width` weights can be had in this type."""
    return bool(width % GGML_QUANT_SIZES[kind][0] == 0)


def bits(kind: Type) -> float:
    """Bits a weight takes, the scales of its block included."""
    block, size = GGML_QUANT_SIZES[kind]
    return float(8 * size / block)


def dequantise(rows: Bytes, kind: Type) -> Floats:
    """(rows, width) float32 from (rows, bytes of a row)."""
    values: Floats = np.asarray(dequantize(np.ascontiguousarray(rows), kind), np.float32)
    return values


def quantise(values: Floats, kind: Type) -> bytes:
    """The rows of a (rows, width) matrix, one after the other, as ggml writes them; `kind` must be
    writable and fit the width."""
    assert kind in WRITABLE
    rows, width = values.shape
    source = np.ascontiguousarray(values, np.float32)
    target = np.empty(rows * row_bytes(width, kind), np.uint8)
    library = _library()
    library.ggml_quantize_init(kind)
    library.ggml_quantize_chunk(
        kind, source.ctypes.data, target.ctypes.data, 0, rows, width, None
    )
    return target.tobytes()


@cache
def _library() -> ctypes.CDLL:
    library = native.ggml()
    library.ggml_quantize_init.argtypes = [ctypes.c_int]
    library.ggml_quantize_init.restype = None
    library.ggml_quantize_chunk.restype = ctypes.c_size_t
    library.ggml_quantize_chunk.argtypes = [
        ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p,
        ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p,
    ]
    return library
