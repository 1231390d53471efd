"""Every precision that can be written reads back as what was written, and in parts."""

import numpy as np
import pytest
from gguf import GGMLQuantizationType as Type
from gguf import quants

from tools.models.requantise import WRITABLE, bits, dequantise, fits, quantise, row_bytes


def values(rows: int = 6, width: int = 512) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((rows, width)).astype(np.float32)


@pytest.mark.parametrize("kind", sorted(WRITABLE), ids=lambda kind: kind.name)
def test_what_was_written_reads_back_within_its_precision(kind: Type) -> None:
    written = np.frombuffer(quantise(values(), kind), np.uint8).reshape(6, -1)
    assert written.shape[1] == row_bytes(512, kind)
    error = np.abs(dequantise(written, kind) - values()).mean() / np.abs(values()).mean()
    assert error < max(2.0 ** (2 - bits(kind)), 2.0**-8 if bits(kind) == 16 else 0)


@pytest.mark.parametrize("kind", [Type.F32, Type.F16, Type.Q8_0, Type.Q4_0], ids=lambda k: k.name)
def test_ggml_and_gguf_write_the_same_bytes(kind: Type) -> None:
    assert quantise(values(), kind) == quants.quantize(values(), kind).tobytes()


def test_rows_may_be_written_in_parts() -> None:
    whole = quantise(values(), Type.Q4_K)
    assert whole == b"".join(quantise(values()[i : i + 2], Type.Q4_K) for i in (0, 2, 4))


def test_a_k_quant_needs_rows_of_256() -> None:
    assert fits(512, Type.Q4_K)
    assert not fits(96, Type.Q4_K)
    assert fits(96, Type.Q5_0)
