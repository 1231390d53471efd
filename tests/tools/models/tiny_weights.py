"""Random weights in the shapes and under the names that each architecture has in a GGUF file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Architecture = Literal[
    "llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3", "phi3", "granite", "qwen2moe"
]
Matrix = NDArray[np.float32]
Weights = dict[str, Matrix]
HEADS = 4


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a tiny model; every matrix row must be a multiple of 32 for Q8_0 and Q4_0."""

    width: int = 64
    feed_forward: int = 96
    layers: int = 2
    context_length: int = 512


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an architecture differs from a plain llama; `file` is llama.cpp's name of it."""

    file: str = "llama"
    kv_heads: int = 2
    head: int = 16
    """Length of a head; heads together need not be as wide as the stream."""
    fused: bool = False
    """Query, key and value are one weight, gate and up another."""
    biases: bool = False
    head_norms: bool = False
    post_norms: bool = False
    tied: bool = False
    """The output is the embedding, transposed."""
    shared_expert: bool = False
    metadata: Mapping[str, int | float] = field(default_factory=dict)
    """Further keys under the architecture's name."""


HEAD_LENGTHS = {"attention.key_length": 32, "attention.value_length": 32}
SOFTCAPS = {"attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0}
SCALES = {
    "embedding_scale": 12.0, "residual_scale": 0.22, "attention.scale": 0.2, "logit_scale": 8.0,
}
WINDOW = {"attention.sliding_window": 4}

RECIPES: dict[Architecture, Recipe] = {
    "llama": Recipe(),
    "mistral": Recipe(kv_heads=1, head=32, metadata=HEAD_LENGTHS | WINDOW),
    "qwen2": Recipe("qwen2", biases=True),
    "qwen3": Recipe("qwen3", head=32, head_norms=True, metadata=HEAD_LENGTHS),
    "gemma2": Recipe(
        "gemma2", head=32, post_norms=True, tied=True, metadata=HEAD_LENGTHS | SOFTCAPS | WINDOW
    ),
    "gemma3": Recipe(
        "gemma3", head=32, head_norms=True, post_norms=True, tied=True,
        metadata=HEAD_LENGTHS | WINDOW,
    ),
    "phi3": Recipe("phi3", fused=True, metadata={"rope.scaling.original_context_length": 512}),
    "granite": Recipe("granite", metadata=SCALES),
    "qwen2moe": Recipe("qwen2moe", biases=True, shared_expert=True),
}
DENSE: list[Architecture] = [name for name in RECIPES if name != "qwen2moe"]


def make_weights(
    recipe: Recipe, shape: Shape, vocab: int, *, experts: int, tied: bool, seed: int
) -> Weights:
    """Tensor name -> float32 array of numpy shape (out, in); norms and biases are vectors."""
    rng = np.random.default_rng(seed)
    found: Weights = {
        "token_embd.weight": rng.standard_normal((vocab, shape.width)).astype(np.float32) * 0.5,
        "output_norm.weight": near_one(rng, shape.width),
    }
    if not (tied or recipe.tied):
        found["output.weight"] = matrix(rng, vocab, shape.width, 2.0)
    for layer in range(shape.layers):
        block = _attention(rng, recipe, shape) | _feed_forward(rng, recipe, shape, experts)
        found |= {f"blk.{layer}.{name}": tensor for name, tensor in block.items()}
    return found


def _attention(rng: np.random.Generator, recipe: Recipe, shape: Shape) -> Weights:
    width, kv, heads = shape.width, recipe.kv_heads * recipe.head, HEADS * recipe.head
    block = {
        "attn_norm.weight": near_one(rng, width),
        "attn_q.weight": matrix(rng, heads, width),
        "attn_k.weight": matrix(rng, kv, width),
        "attn_v.weight": matrix(rng, kv, width),
        "attn_output.weight": matrix(rng, width, heads),
    }
    if recipe.biases:
        sizes = {"q": heads, "k": kv, "v": kv}
        block |= {f"attn_{part}.bias": near_one(rng, size) - 1 for part, size in sizes.items()}
    if recipe.head_norms:
        block |= {f"attn_{part}_norm.weight": near_one(rng, recipe.head) for part in "qk"}
    if recipe.post_norms:
        block["post_attention_norm.weight"] = near_one(rng, width)
    if recipe.fused:
        parts = [block.pop(f"attn_{part}.weight") for part in "qkv"]
        block["attn_qkv.weight"] = np.vstack(parts)
    return block


def _feed_forward(
    rng: np.random.Generator, recipe: Recipe, shape: Shape, experts: int
) -> Weights:
    width = shape.width
    block = {"ffn_norm.weight": near_one(rng, width)}
    if recipe.post_norms:
        block["post_ffw_norm.weight"] = near_one(rng, width)
    if experts:
        return block | _experts(rng, recipe, shape, experts)
    block |= {f"{name}.weight": weight for name, weight in _mlp(rng, shape, 1.5).items()}
    if recipe.fused:  # the down-projection stays as it is
        parts = [block.pop("ffn_gate.weight"), block["ffn_up.weight"]]
        block["ffn_up.weight"] = np.vstack(parts)
    return block


def _mlp(rng: np.random.Generator, shape: Shape, scale: float = 1.0) -> Weights:
    width, hidden = shape.width, shape.feed_forward
    return {
        "ffn_gate": matrix(rng, hidden, width, scale),
        "ffn_up": matrix(rng, hidden, width, scale),
        "ffn_down": matrix(rng, width, hidden, scale),
    }


def _experts(rng: np.random.Generator, recipe: Recipe, shape: Shape, experts: int) -> Weights:
    block = {"ffn_gate_inp.weight": matrix(rng, experts, shape.width)}
    every = [_mlp(rng, shape) for _ in range(experts)]
    block |= {f"{name}_exps.weight": np.stack([mlp[name] for mlp in every]) for name in every[0]}
    if recipe.shared_expert:
        block |= {f"{name}_shexp.weight": one for name, one in _mlp(rng, shape).items()}
        block["ffn_gate_inp_shexp.weight"] = matrix(rng, 1, shape.width)[0]
    return block


def near_one(rng: np.random.Generator, width: int) -> Matrix:
    """A norm's weight."""
    vector: Matrix = (1 + 0.1 * rng.standard_normal(width)).astype(np.float32)
    return vector


def matrix(rng: np.random.Generator, out: int, width: int, scale: float = 1.0) -> Matrix:
    """A weight whose outputs are `scale` times as large as its inputs."""
    drawn: Matrix = (rng.standard_normal((out, width)) * scale / np.sqrt(width)).astype(np.float32)
    return drawn
