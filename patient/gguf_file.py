"""Writes the patient as GGUF, and requantises a GGUF it wrote; needs no torch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from numpy.typing import NDArray

Floats = NDArray[np.float32]

TYPES = {"f16": Type.F16, "q8_0": Type.Q8_0, "q4_0": Type.Q4_0}
FILE_TYPES = {
    "f16": gguf.LlamaFileType.MOSTLY_F16,
    "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0,
    "q4_0": gguf.LlamaFileType.MOSTLY_Q4_0,
}
EMBEDDING = "token_embd.weight"
# The file writes these itself.
_OWN_KEYS = ("GGUF.", "general.architecture", "general.file_type", "general.quantization_version")


@dataclass(frozen=True)
class Entry:
    """One metadata value with its GGUF types."""

    value: Any
    kind: gguf.GGUFValueType
    element: gguf.GGUFValueType | None = None


@dataclass
class Model:
    """Metadata and tensors under llama.cpp's names, for its graph of that architecture."""

    metadata: dict[str, Entry] = field(default_factory=dict)
    tensors: dict[str, Floats] = field(default_factory=dict)
    architecture: str = "llama"


def write(model: Model, path: Path, quantisation: str) -> None:
    """Write `model` as f16, q8_0 or q4_0; a reader of `path` never sees half a file."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    writer = gguf.GGUFWriter(unfinished, model.architecture)
    writer.add_file_type(FILE_TYPES[quantisation])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    for key, entry in model.metadata.items():
        writer.add_key_value(key, entry.value, entry.kind, entry.element)
    for name, tensor in model.tensors.items():
        _add_tensor(writer, name, tensor, quantisation)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    unfinished.replace(path)


def _add_tensor(writer: gguf.GGUFWriter, name: str, tensor: Floats, quantisation: str) -> None:
    """Vectors stay float32; the tied embedding of a q4_0 file is q8_0, since it also unembeds."""
    kind = TYPES[quantisation]
    if name == EMBEDDING and kind == Type.Q4_0:
        kind = Type.Q8_0
    if tensor.ndim == 1:
        writer.add_tensor(name, tensor)
    elif kind == Type.F16:
        writer.add_tensor(name, tensor.astype(np.float16))
    else:
        writer.add_tensor(name, gguf.quants.quantize(tensor, kind), raw_dtype=kind)


def read(path: Path) -> Model:
    """Metadata and dequantised tensors, (rows, columns), of a GGUF."""
    reader = gguf.GGUFReader(path)
    tensors = {
        tensor.name: np.array(gguf.quants.dequantize(tensor.data, tensor.tensor_type), np.float32)
        for tensor in reader.tensors
    }
    architecture = reader.fields["general.architecture"].contents()
    return Model(dict(_entries(reader.fields)), tensors, architecture)


def _entries(fields: Mapping[str, gguf.ReaderField]) -> Iterable[tuple[str, Entry]]:
    for key, found in fields.items():
        if not key.startswith(_OWN_KEYS):
            element = found.types[1] if len(found.types) > 1 else None
            yield key, Entry(found.contents(), found.types[0], element)


def requantise(source: Path, target: Path, quantisation: str) -> None:
    """Write `source` again in another precision; the metadata stays."""
    write(read(source), target, quantisation)
