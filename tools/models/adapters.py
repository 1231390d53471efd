"""Weight edits as LoRA adapters in GGUF, in memory only: they hold activations of what was
forgotten.

Scale: `alpha` is written as 0, which llama.cpp reads as "the adapter's own scale", so an adapter
adds exactly `B @ A`. It does not know why a weight is changed.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from llama_cpp import llama_cpp as llama
from numpy.typing import NDArray

from tools.errors import AdapterRefused

Floats = NDArray[np.float32]


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
            writer.add_tensor(f"{name}.lora_a", np.ascontiguousarray(changes[name].a))
            writer.add_tensor(f"{name}.lora_b", np.ascontiguousarray(changes[name].b))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path.read_bytes()


def read_adapter(data: bytes) -> dict[str, Factors]:
    """The factors of every weight that an adapter changes.

    Raises:
        AdapterRefused: the bytes are no GGUF file.
    """
    from gguf import GGUFReader

    with _memory_file(data) as (_, path):
        try:
            tensors = {tensor.name: np.array(tensor.data) for tensor in GGUFReader(path).tensors}
        except (ValueError, IndexError) as error:
            raise AdapterRefused(f"not an adapter: {error}") from error
    names = [name.removesuffix(".lora_a") for name in tensors if name.endswith(".lora_a")]
    return {name: Factors(tensors[f"{name}.lora_b"], tensors[f"{name}.lora_a"]) for name in names}


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
        AdapterRefused: llama.cpp did not take it (wrong architecture, shape, or not an adapter).
    """
    with _memory_file(data) as (_, path):
        pointer = llama.llama_adapter_lora_init(model, str(path).encode())
    if not pointer:
        raise AdapterRefused(f"llama.cpp refused an adapter of {len(data)} bytes")
    try:
        yield pointer
    finally:
        llama.llama_adapter_lora_free(pointer)
