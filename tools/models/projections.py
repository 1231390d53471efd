"""Which linear weights the layers of a model file have, and what each of them does.

Read from the file's list of tensors. Fused weights are taken apart by rows: phi3 computes query,
key and value in one product, gate and up in another. It does not know what an edit wants of them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tools.models.adapters import EMBEDDING, Factors
from tools.models.gguf_file import count
from tools.models.gguf_header import Header, read_header

Role = Literal["query", "key", "value", "attention_output", "gate", "up", "down"]
NAMES: dict[Role, str] = {
    "query": "attn_q", "key": "attn_k", "value": "attn_v", "attention_output": "attn_output",
    "gate": "ffn_gate", "up": "ffn_up", "down": "ffn_down",
}
FUSED_ATTENTION = "attn_qkv"
OUTPUT = "output.weight"


@dataclass(frozen=True, slots=True)
class Projection:
    """A linear weight (outputs, inputs), or `outputs` rows from row `start` of a fused one.

    `whole` is how many rows the weight has, and so how wide the outputs are that a probe reads.
    """

    name: str
    inputs: int
    outputs: int
    start: int
    whole: int

    def part(self, outputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """This projection's share of outputs (rows, whole) that were read of the weight."""
        return outputs[:, self.start:self.start + self.outputs]

    def factors(self, b: NDArray[np.float32], a: NDArray[np.float32]) -> Factors:
        """The change `b @ a` of this projection, (outputs, rank) and (rank, inputs), as one of the
        weight: the other rows stay."""
        wide = np.zeros((self.whole, b.shape[1]), np.float32)
        wide[self.start:self.start + self.outputs] = b
        return Factors(wide, a)


Layer = dict[Role, Projection]
"""The projections of a layer that has them as one dense weight; experts are not among them."""


@dataclass(frozen=True, slots=True)
class Projections:
    """The linear weights of a model, by layer; `embedding` (vocabulary, width) comes before.

    `tied`: the embedding is the output too, so that llama.cpp takes no adapter of it.
    """

    layers: list[Layer]
    embedding: Projection
    tied: bool


def read_projections(path: Path) -> Projections:
    """The projections of a model file.

    Raises:
        ModelFileError: the file cannot be read or is no language model.
    """
    header = read_header(path)
    layers = [_layer(header, number) for number in range(count(header, "block_count"))]
    embedding = header.tensors.get(EMBEDDING)
    width, vocabulary = embedding.shape if embedding else (count(header, "embedding_length"), 0)
    whole = Projection(EMBEDDING, width, vocabulary, 0, vocabulary)
    return Projections(layers, whole, OUTPUT not in header.tensors)


def _layer(header: Header, number: int) -> Layer:
    found: Layer = {}
    for role, stem in NAMES.items():
        name = f"blk.{number}.{stem}.weight"
        if (whole := _whole(header, name)) is not None:
            found[role] = whole
    fused = _whole(header, f"blk.{number}.{FUSED_ATTENTION}.weight")
    if fused is not None:
        found |= _split(fused, _heads(header, number))
    return found | _gate_in(found)


def _whole(header: Header, name: str) -> Projection | None:
    tensor = header.tensors.get(name)
    if tensor is None or len(tensor.shape) != 2:
        return None
    inputs, outputs = tensor.shape
    return Projection(name, inputs, outputs, 0, outputs)


def _gate_in(layer: Layer) -> Layer:
    """Gate and up of a weight that holds both, gate first; nothing if it does not."""
    up, down = layer.get("up"), layer.get("down")
    if up is None or down is None or up.outputs != 2 * down.inputs:
        return {}
    return _split(up, {"gate": down.inputs, "up": down.inputs})


def _split(whole: Projection, sizes: dict[Role, int]) -> Layer:
    """The rows of a fused weight, one after the other; nothing if they do not add up."""
    if sum(sizes.values()) != whole.outputs:
        return {}
    ends = np.cumsum(list(sizes.values())).tolist()
    return {
        role: Projection(whole.name, whole.inputs, size, end - size, whole.outputs)
        for (role, size), end in zip(sizes.items(), ends, strict=True)
    }


def _heads(header: Header, layer: int) -> dict[Role, int]:
    """Rows of query, key and value."""
    heads = _of_layer(header, "attention.head_count", layer, 1)
    shared = _of_layer(header, "attention.head_count_kv", layer, heads)
    length = count(header, "embedding_length") // max(1, heads)
    key = _of_layer(header, "attention.key_length", layer, length)
    value = _of_layer(header, "attention.value_length", layer, length)
    return {"query": heads * key, "key": shared * key, "value": shared * value}


def _of_layer(header: Header, key: str, layer: int, default: int) -> int:
    """A number that some files give for each layer."""
    value = header.metadata.get(f"{header.metadata['general.architecture']}.{key}", default)
    if isinstance(value, list) and layer < len(value):
        value = value[layer]
    return value if isinstance(value, int) else default
