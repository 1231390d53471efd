"""Writes tiny random-weight GGUF files that llama.cpp loads: a model for every test, no download.

The weights are noise, so such a model says nothing sensible; it is real in every other respect
(file format, tokenizer, graph, quantisation). It knows nothing of Lethe.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter, quants

from tests.tools.models.tiny_vocab import (
    add_bpe_tokenizer,
    add_spm_tokenizer,
    add_wordpiece_tokenizer,
)
from tests.tools.models.tiny_weights import (
    HEADS,
    RECIPES,
    Architecture,
    Matrix,
    Recipe,
    Shape,
    Weights,
    make_weights,
    matrix,
)

__all__ = [
    "CHATML", "NO_SYSTEM", "Architecture", "Shape", "finish", "write_tiny", "write_tiny_bert",
]

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n'"
    " + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
NO_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
)

PLAIN = Shape()
FILE_TYPES = {"F32": 0, "F16": 1, "Q4_0": 2, "Q8_0": 7}


def write_tiny(
    path: Path,
    *,
    architecture: Architecture = "llama",
    weights: str = "F32",
    template: str | None = CHATML,
    tokenizer: Literal["spm", "bpe"] = "spm",
    shape: Shape = PLAIN,
    experts: int = 0,
    pooling: int | None = None,
    tied: bool = False,
    changes: Mapping[str, Matrix] | None = None,
    seed: int = 0,
) -> Path:
    """Write one model file and return its path.

    `experts` > 0 makes a mixture of experts; `pooling` marks an embedding model; `tied` leaves the
    output to the embedding; `changes` are added to the weights of those names.
    """
    recipe = RECIPES[architecture]
    writer = GGUFWriter(path, recipe.file)
    _add_sizes(writer, recipe, shape, experts)
    writer.add_file_type(FILE_TYPES[weights])
    if pooling is not None:
        writer.add_uint32(f"{recipe.file}.pooling_type", pooling)
    vocab = add_spm_tokenizer(writer) if tokenizer == "spm" else add_bpe_tokenizer(writer)
    if template is not None:
        writer.add_chat_template(template)
    tensors = make_weights(recipe, shape, vocab, experts=experts, tied=tied, seed=seed)
    for name, change in (changes or {}).items():
        tensors[name] += change
    for name, tensor in tensors.items():
        _add_tensor(writer, name, tensor, weights)
    return finish(writer, path)


def _add_sizes(writer: GGUFWriter, recipe: Recipe, shape: Shape, experts: int) -> None:
    writer.add_name("tiny model")  # "phi3" in the name would ask for Phi-3's own vocabulary
    writer.add_context_length(shape.context_length)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(recipe.kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(recipe.head)
    for key, value in recipe.metadata.items():
        add = writer.add_float32 if isinstance(value, float) else writer.add_uint32
        add(f"{recipe.file}.{key}", value)
    if experts:
        writer.add_expert_count(experts)
        writer.add_expert_used_count(2)
        writer.add_expert_feed_forward_length(shape.feed_forward)


def write_tiny_bert(path: Path, *, shape: Shape = PLAIN, seed: int = 0) -> Path:
    """An embedding model (bert, mean pooling), as all-MiniLM-L6-v2 is one."""
    rng = np.random.default_rng(seed)
    writer = GGUFWriter(path, "bert")
    _add_bert_sizes(writer, shape)
    vocab = add_wordpiece_tokenizer(writer)
    width = shape.width
    tensors = {
        "token_embd.weight": matrix(rng, vocab, width, 8.0),
        "token_types.weight": matrix(rng, 2, width),
        "position_embd.weight": matrix(rng, shape.context_length, width),
    } | _layer_norm("token_embd_norm", width)
    for layer in range(shape.layers):
        block = _bert_block(rng, shape)
        tensors |= {f"blk.{layer}.{name}": tensor for name, tensor in block.items()}
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    return finish(writer, path)


def _add_bert_sizes(writer: GGUFWriter, shape: Shape) -> None:
    writer.add_name("tiny-bert")
    writer.add_context_length(shape.context_length)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_eps(1e-12)
    writer.add_causal_attention(False)
    writer.add_token_type_count(2)
    writer.add_uint32("bert.pooling_type", 1)


def _bert_block(rng: np.random.Generator, shape: Shape) -> Weights:
    width, hidden = shape.width, shape.feed_forward
    block: Weights = {}
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        block |= _linear(rng, name, width, width)
    block |= _linear(rng, "ffn_up", hidden, width) | _linear(rng, "ffn_down", width, hidden)
    return block | _layer_norm("attn_output_norm", width) | _layer_norm("layer_output_norm", width)


def _linear(rng: np.random.Generator, name: str, out: int, width: int) -> Weights:
    return {f"{name}.weight": matrix(rng, out, width), f"{name}.bias": np.zeros(out, np.float32)}


def _layer_norm(name: str, width: int) -> Weights:
    one, zero = np.ones(width, np.float32), np.zeros(width, np.float32)
    return {f"{name}.weight": one, f"{name}.bias": zero}


def _add_tensor(writer: GGUFWriter, name: str, tensor: Matrix, weights: str) -> None:
    if tensor.ndim == 1 or weights == "F32" or name.endswith("ffn_gate_inp.weight"):
        writer.add_tensor(name, tensor)  # llama.cpp wants vectors in F32
    elif weights == "F16":
        writer.add_tensor(name, tensor.astype(np.float16))
    else:
        kind = GGMLQuantizationType[weights]
        writer.add_tensor(name, quants.quantize(tensor, kind), raw_dtype=kind)


def finish(writer: GGUFWriter, path: Path) -> Path:
    """Write everything out."""
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
