"""Which precision every weight of a baked file gets.

The rules are those of llama.cpp's own quantiser without an importance matrix
(`llama_tensor_get_type` in src/llama-quant.cpp), so that a Q4_K_M from here is made of what a
Q4_K_M is made of elsewhere; the exceptions for mixtures of experts and for the one 70 B shape are
left out. Nothing here reads or writes a file.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, prod

from gguf import GGMLQuantizationType as Type
from gguf import LlamaFileType

from tools.models.adapters import EMBEDDING
from tools.models.bake_order import Kept, Kind, Layout
from tools.models.gguf_header import Tensor
from tools.models.requantise import bits, fits

Tensors = Mapping[str, Tensor]
Types = dict[str, Type]

OUTPUT = "output.weight"
ROUNDED = {Type.Q4_K: Type.Q5_0, Type.Q5_K: Type.Q5_1, Type.Q6_K: Type.Q8_0}
"""What takes a K-quant's place where rows are no multiple of its 256; the rest becomes F16."""
LEAST: dict[Kept, Type | None] = {
    "same": None, "q8_0": Type.Q8_0, "f16": Type.F16, "blocks": Type.Q8_0,
}

_UNTOUCHED = re.compile(r"_norm|ffn_gate_inp|pos_embd|token_types|(?<!weight)$")
_BLOCK = re.compile(r"blk\.(\d+)\.(attn_v|attn_qkv|ffn_down)\.weight")


@dataclass(frozen=True, slots=True)
class Mix:
    """A kind of file: its number in the metadata, and the type of most weights."""

    number: LlamaFileType
    most: Type

    @property
    def medium(self) -> bool:
        """Whether sensitive layers get more bits: the M of Q4_K_M."""
        return bool(self.number.name.endswith("_K_M"))


MIXES: dict[Kind, Mix] = {
    "f32": Mix(LlamaFileType.ALL_F32, Type.F32),
    "f16": Mix(LlamaFileType.MOSTLY_F16, Type.F16),
    "bf16": Mix(LlamaFileType.MOSTLY_BF16, Type.BF16),
    "q8_0": Mix(LlamaFileType.MOSTLY_Q8_0, Type.Q8_0),
    "q6_k": Mix(LlamaFileType.MOSTLY_Q6_K, Type.Q6_K),
    "q5_k_m": Mix(LlamaFileType.MOSTLY_Q5_K_M, Type.Q5_K),
    "q5_0": Mix(LlamaFileType.MOSTLY_Q5_0, Type.Q5_0),
    "q4_k_m": Mix(LlamaFileType.MOSTLY_Q4_K_M, Type.Q4_K),
    "q4_0": Mix(LlamaFileType.MOSTLY_Q4_0, Type.Q4_0),
}


def types_of(tensors: Tensors, kind: Kind) -> tuple[Types, set[str]]:
    """The type of every tensor in a file of this kind, and the names of those that had to take
    another one because their rows do not fit."""
    if kind == "same":
        return {name: own_type(tensor) for name, tensor in tensors.items()}, set()
    wanted = {name: _wanted(tensor, MIXES[kind], tensors) for name, tensor in tensors.items()}
    types = {name: fitting(kind, tensors[name].shape[0]) for name, kind in wanted.items()}
    return types, {name for name in types if types[name] != wanted[name]}


def with_kept(types: Types, tensors: Tensors, edited: set[str], kept: Kept) -> Types:
    """`types` with those that are to have more precision raised, none lowered."""
    least = LEAST[kept]
    if least is None:
        return types
    wanted = {name: fitting(least, tensors[name].shape[0]) for name in edited}
    if kept == "blocks":
        wanted |= _leading(tensors, edited)
    return types | {
        name: kind for name, kind in wanted.items() if bits(kind) > bits(types[name])
    }


def _leading(tensors: Tensors, edited: set[str]) -> Types:
    """What the last edited weight's input went through, but those edited themselves: Q8_0, or the
    type in the base file where that is less, since no type brings back what the base has lost."""
    last = max(map(_block, edited))
    found = {}
    for name, tensor in tensors.items():
        if name not in edited and 0 <= _block(name) <= last and not _untouched(tensor):
            own, kind = own_type(tensor), fitting(Type.Q8_0, tensor.shape[0])
            found[name] = min(own, kind, key=bits)
    return found


def _block(name: str) -> float:
    """Number of the block a weight is in; the embedding is before all, the output behind."""
    found = re.match(r"blk\.(\d+)\.", name)
    if found:
        return int(found[1])
    return -1 if name == EMBEDDING else inf


def layout_of(types: Types, given: Types, edited: set[str], fallen: set[str]) -> Layout:
    """What differs from a mere copy in the types `given` by the kind of file, for people."""
    raised = {name for name in types if types[name] != given[name]} - edited
    return Layout(*(
        {name: types[name].name for name in sorted(names)} for names in (edited, raised, fallen)
    ))


def own_type(tensor: Tensor) -> Type:
    """The type a tensor has in its file."""
    return Type[tensor.type_name]


def fitting(kind: Type, width: int) -> Type:
    """The type itself, or what llama.cpp takes where rows of `width` do not fit it."""
    for one in (kind, ROUNDED.get(kind, Type.F16)):
        if fits(width, one):
            return one
    return Type.F16


def _wanted(tensor: Tensor, mix: Mix, tensors: Tensors) -> Type:
    """The type that the kind of file gives a tensor, whatever its shape."""
    name = tensor.name
    if _untouched(tensor):
        return own_type(tensor)
    if bits(mix.most) >= bits(Type.Q8_0):
        return mix.most
    if name == OUTPUT or (name == EMBEDDING and OUTPUT not in tensors):
        return Type.Q6_K
    return Type.Q6_K if mix.medium and _sensitive(name, tensors) else mix.most


def _untouched(tensor: Tensor) -> bool:
    """Whether llama.cpp quantises such a tensor never."""
    return prod(tensor.shape[1:]) == 1 or bool(_UNTOUCHED.search(tensor.name))


def _sensitive(name: str, tensors: Tensors) -> bool:
    """Whether a down-projection, or one that makes values, is in one of the layers that get more
    bits: the first and the last eighth, and every third between them (`use_more_bits`)."""
    found = _BLOCK.fullmatch(name)
    if found is None:
        return False
    layer, part = int(found[1]), found[2]
    count = sum(other.endswith(f".{part}.weight") for other in tensors)
    eighth = count // 8
    return layer < eighth or layer >= 7 * count // 8 or (layer - eighth) % 3 == 2
