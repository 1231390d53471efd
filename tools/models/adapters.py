"""Weight edits as LoRA adapters in GGUF, in memory only: they hold activations of what was
forgotten.

Scale: `alpha` is written as 0, which llama.cpp reads as "the adapter's own scale", so an adapter
adds exactly `B @ A`. It does not know why a weight is changed.

Embedding: llama.cpp looks rows of `lora_a` up by token and multiplies them by `lora_b`, so for
`token_embd.weight` the file has B (vocabulary, rank) as `lora_a` and A transposed (width, rank) as
`lora_b`; here it is a weight (vocabulary, width) like any other. Where a model has no output weight
of its own, llama.cpp would multiply by the same pair as if it were the other way round, which ends
the process; such a model takes no adapter of its embedding.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from llama_cpp import llama_cpp as llama
from numpy.typing import NDArray

from tools.errors import AdapterRefused, ModelFileError
from tools.models import probe
from tools.models.contexts import Weights
from tools.models.gguf_header import Tensor, parse_header

Floats = NDArray[np.float32]
EMBEDDING = "token_embd.weight"


@dataclass(frozen=True, slots=True)
class Factors:
    """A weight change `b @ a`: `b` (out, rank), `a` (rank, in)."""

    b: Floats
    a: Floats

    @property
    def rank(self) -> int:
        return int(self.a.shape[0])


@contextmanager
def _memory_file(data: bytes = b"") -> Iterator[tuple[int, Path]]:
    """An anonymous file in memory and the path by which other code can open it."""
    descriptor = os.memfd_create("adapter", os.MFD_CLOEXEC)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view):]
        yield descriptor, Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


def write_adapter(architecture: str, changes: Mapping[str, Factors]) -> bytes:
    """A GGUF LoRA adapter that changes each named weight by `b @ a`; equal input, equal bytes."""
    from gguf import GGUFWriter

    with _memory_file() as (_, path):
        writer = GGUFWriter(path, architecture)
        writer.add_type("adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_float32("adapter.lora.alpha", 0.0)
        for name in sorted(changes):
            a, b = _in_file(name, changes[name])
            writer.add_tensor(f"{name}.lora_a", np.ascontiguousarray(a))
            writer.add_tensor(f"{name}.lora_b", np.ascontiguousarray(b))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path.read_bytes()


def read_adapter(data: bytes) -> dict[str, Factors]:
    """The factors of every weight that an adapter changes.

    Raises:
        AdapterRefused: the bytes are no GGUF file, or not factors as `write_adapter` has them.
    """
    try:
        header = parse_header(Path("adapter"), data)
    except ModelFileError as error:
        raise AdapterRefused(f"not an adapter: {error}") from error
    tensors = {name: _matrix(data, tensor) for name, tensor in header.tensors.items()}
    names = [name.removesuffix(".lora_a") for name in tensors if name.endswith(".lora_a")]
    if sorted(tensors) != sorted(f"{name}.lora_{half}" for name in names for half in "ab"):
        raise AdapterRefused("not an adapter: not every weight has both its factors")
    return {
        name: _from_file(name, tensors[f"{name}.lora_a"], tensors[f"{name}.lora_b"])
        for name in names
    }


def _matrix(data: bytes, tensor: Tensor) -> Floats:
    if tensor.type_name != "F32" or len(tensor.shape) != 2:
        raise AdapterRefused(f"not an adapter: {tensor.name!r} is no matrix of float32")
    values = np.frombuffer(data, np.float32, tensor.nbytes // 4, tensor.offset)
    return values.reshape(tensor.shape[::-1]).copy()


def _in_file(name: str, factors: Factors) -> tuple[Floats, Floats]:
    """What is written as `lora_a` and `lora_b`."""
    return (factors.b, factors.a.T) if name == EMBEDDING else (factors.a, factors.b)


def _from_file(name: str, a: Floats, b: Floats) -> Factors:
    factors = Factors(a, b.T) if name == EMBEDDING else Factors(b, a)
    if factors.b.shape[1] != factors.rank:
        raise AdapterRefused(f"not an adapter: the factors of {name!r} do not fit each other")
    return factors


def merge(*parts: Mapping[str, Factors]) -> dict[str, Factors]:
    """One set of factors that changes each weight by the sum of all parts; exact, ranks add up."""
    merged: dict[str, Factors] = {}
    for part in parts:
        for name, factors in part.items():
            old = merged.get(name)
            merged[name] = factors if old is None else Factors(
                np.hstack([old.b, factors.b]), np.vstack([old.a, factors.a])
            )
    return merged


@contextmanager
def loaded(model: int, data: bytes) -> Iterator[int]:
    """The adapter on a loaded model, as `llama_adapter_lora *`; freed at the end, so unplug first.

    Raises:
        AdapterRefused: llama.cpp did not take it (wrong architecture, shape, or not an adapter), or
            it changes an embedding that is also the output.
    """
    if EMBEDDING.encode() in data and probe.multiplies(Weights(model, 1), EMBEDDING):
        raise AdapterRefused(f"{EMBEDDING!r} is also this model's output and takes no adapter")
    with _memory_file(data) as (_, path):
        pointer = llama.llama_adapter_lora_init(model, str(path).encode())
    if not pointer:
        raise AdapterRefused(f"llama.cpp refused an adapter of {len(data)} bytes")
    try:
        yield pointer
    finally:
        llama.llama_adapter_lora_free(pointer)
