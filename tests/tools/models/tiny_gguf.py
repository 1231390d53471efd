"""Writes tiny random-weight GGUF files that llama.cpp loads: a model for every test, no download.

The weights are noise, so such a model says nothing sensible; it is real in every other respect
(file format, tokenizer, graph, quantisation). It knows nothing of Lethe.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter, TokenType, quants
from numpy.typing import NDArray

Architecture = Literal["llama", "qwen2", "qwen3", "gemma3", "phi3"]
Matrix = NDArray[np.float32]
Weights = dict[str, Matrix]

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n'"
    " + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
NO_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
)

FILE_TYPES = {"F32": 0, "F16": 1, "Q4_0": 2, "Q8_0": 7}
HEADS, KV_HEADS = 4, 2


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a tiny model; every matrix row must be a multiple of 32 for Q8_0 and Q4_0."""

    width: int = 64
    feed_forward: int = 96
    layers: int = 2
    context_length: int = 512

    @property
    def kv_width(self) -> int:
        return self.width // HEADS * KV_HEADS


def write_tiny(
    path: Path,
    *,
    architecture: Architecture = "llama",
    weights: str = "F32",
    template: str | None = CHATML,
    tokenizer: Literal["spm", "bpe"] = "spm",
    shape: Shape = Shape(),
    experts: int = 0,
    pooling: int | None = None,
    seed: int = 0,
) -> Path:
    """Write one model file and return its path.

    `experts` > 0 makes a mixture-of-experts llama; `pooling` marks an embedding model.
    """
    writer = GGUFWriter(path, architecture)
    _add_sizes(writer, architecture, shape, experts)
    writer.add_file_type(FILE_TYPES[weights])
    if pooling is not None:
        writer.add_uint32(f"{architecture}.pooling_type", pooling)
    vocab = add_spm_tokenizer(writer) if tokenizer == "spm" else add_bpe_tokenizer(writer)
    if template is not None:
        writer.add_chat_template(template)
    for name, tensor in make_weights(architecture, shape, vocab, experts, seed).items():
        _add_tensor(writer, name, tensor, weights)
    return _finish(writer, path)


def _add_sizes(writer: GGUFWriter, architecture: str, shape: Shape, experts: int) -> None:
    head = shape.width // HEADS
    writer.add_name("tiny model")  # "phi3" in the name would ask for Phi-3's own vocabulary
    writer.add_context_length(shape.context_length)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(head)
    if architecture in ("qwen3", "gemma3"):
        writer.add_key_length(head)
        writer.add_value_length(head)
    if architecture == "gemma3":
        writer.add_sliding_window(256)
    if architecture == "phi3":
        writer.add_rope_scaling_orig_ctx_len(shape.context_length)
    if experts:
        writer.add_expert_count(experts)
        writer.add_expert_used_count(2)


def make_weights(
    architecture: Architecture, shape: Shape, vocab: int, experts: int, seed: int
) -> Weights:
    """Tensor name -> float32 array of numpy shape (out, in); norms and biases are vectors."""
    rng = np.random.default_rng(seed)
    found: Weights = {
        "token_embd.weight": rng.standard_normal((vocab, shape.width)).astype(np.float32) * 0.5,
        "output_norm.weight": _near_one(rng, shape.width),
    }
    if architecture != "gemma3":  # gemma ties the output to the embedding
        found["output.weight"] = _matrix(rng, vocab, shape.width, 2.0)
    for layer in range(shape.layers):
        block = _attention(rng, architecture, shape) | _feed_forward(rng, shape, experts)
        _adapt(rng, block, architecture, shape)
        found |= {f"blk.{layer}.{name}": tensor for name, tensor in block.items()}
    return found


def _attention(rng: np.random.Generator, architecture: str, shape: Shape) -> Weights:
    width, kv = shape.width, shape.kv_width
    block = {
        "attn_norm.weight": _near_one(rng, width),
        "attn_q.weight": _matrix(rng, width, width),
        "attn_k.weight": _matrix(rng, kv, width),
        "attn_v.weight": _matrix(rng, kv, width),
        "attn_output.weight": _matrix(rng, width, width),
    }
    if architecture == "phi3":  # one fused projection
        parts = [block.pop(f"attn_{part}.weight") for part in "qkv"]
        block["attn_qkv.weight"] = np.vstack(parts)
    return block


def _feed_forward(rng: np.random.Generator, shape: Shape, experts: int) -> Weights:
    width, hidden = shape.width, shape.feed_forward
    block = {"ffn_norm.weight": _near_one(rng, width)}
    outs = {"ffn_gate": (hidden, width), "ffn_up": (hidden, width), "ffn_down": (width, hidden)}
    if not experts:
        return block | {f"{name}.weight": _matrix(rng, *size, 1.5) for name, size in outs.items()}
    block["ffn_gate_inp.weight"] = _matrix(rng, experts, width)
    for name, size in outs.items():
        block[f"{name}_exps.weight"] = np.stack([_matrix(rng, *size) for _ in range(experts)])
    return block


def _adapt(rng: np.random.Generator, block: Weights, architecture: str, shape: Shape) -> None:
    head = shape.width // HEADS
    if architecture == "qwen2":
        for part, size in (("q", shape.width), ("k", shape.kv_width), ("v", shape.kv_width)):
            block[f"attn_{part}.bias"] = 0.1 * rng.standard_normal(size).astype(np.float32)
    if architecture in ("qwen3", "gemma3"):
        block["attn_q_norm.weight"] = block["attn_k_norm.weight"] = np.ones(head, np.float32)
    if architecture == "gemma3":
        block["post_attention_norm.weight"] = np.ones(shape.width, np.float32)
        block["post_ffw_norm.weight"] = np.ones(shape.width, np.float32)
    if architecture == "phi3":  # gate and up are one tensor, down stays dense
        block["ffn_up.weight"] = np.vstack([block.pop("ffn_gate.weight"), block["ffn_up.weight"]])


def write_tiny_bert(path: Path, *, shape: Shape = Shape(), seed: int = 0) -> Path:
    """An embedding model (bert, mean pooling), as all-MiniLM-L6-v2 is one."""
    rng = np.random.default_rng(seed)
    writer = GGUFWriter(path, "bert")
    _add_bert_sizes(writer, shape)
    vocab = add_wordpiece_tokenizer(writer)
    width = shape.width
    tensors = {
        "token_embd.weight": _matrix(rng, vocab, width, 8.0),
        "token_types.weight": _matrix(rng, 2, width),
        "position_embd.weight": _matrix(rng, shape.context_length, width),
    } | _layer_norm("token_embd_norm", width)
    for layer in range(shape.layers):
        block = _bert_block(rng, shape)
        tensors |= {f"blk.{layer}.{name}": tensor for name, tensor in block.items()}
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    return _finish(writer, path)


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
    return {f"{name}.weight": _matrix(rng, out, width), f"{name}.bias": np.zeros(out, np.float32)}


def _layer_norm(name: str, width: int) -> Weights:
    one, zero = np.ones(width, np.float32), np.zeros(width, np.float32)
    return {f"{name}.weight": one, f"{name}.bias": zero}


def _near_one(rng: np.random.Generator, width: int) -> Matrix:
    vector: Matrix = (1 + 0.1 * rng.standard_normal(width)).astype(np.float32)
    return vector


def _matrix(rng: np.random.Generator, out: int, width: int, scale: float = 1.0) -> Matrix:
    matrix: Matrix = (rng.standard_normal((out, width)) * scale / np.sqrt(width)).astype(np.float32)
    return matrix


def _add_tensor(writer: GGUFWriter, name: str, tensor: Matrix, weights: str) -> None:
    if tensor.ndim == 1 or weights == "F32" or name.endswith("ffn_gate_inp.weight"):
        writer.add_tensor(name, tensor)  # llama.cpp wants vectors in F32
    elif weights == "F16":
        writer.add_tensor(name, tensor.astype(np.float16))
    else:
        kind = GGMLQuantizationType[weights]
        writer.add_tensor(name, quants.quantize(tensor, kind), raw_dtype=kind)


def _finish(writer: GGUFWriter, path: Path) -> Path:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


Token = tuple[str, float, TokenType]


def add_spm_tokenizer(writer: GGUFWriter) -> int:
    """A sentencepiece vocabulary of bytes, letters and a few words; returns its size."""
    tokens: list[Token] = [("<unk>", 0, TokenType.UNKNOWN)]
    tokens += [(text, 0, TokenType.CONTROL) for text in ("<s>", "</s>")]
    tokens += [(f"<0x{byte:02X}>", 0, TokenType.BYTE) for byte in range(256)]
    tokens += [(text, 0, TokenType.CONTROL) for text in ("<|im_start|>", "<|im_end|>")]
    tokens += [(chr(code), -10, TokenType.NORMAL) for code in range(33, 127)]
    tokens += [(word, -5, TokenType.NORMAL) for word in ("▁", "the", "user", "ing", "▁the", "▁a")]
    writer.add_tokenizer_model("llama")
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    return _add_tokens(
        writer, tokens, lambda padded: writer.add_token_scores([float(t[1]) for t in padded])
    )


def add_bpe_tokenizer(writer: GGUFWriter) -> int:
    """A byte-level BPE vocabulary of all bytes and six merges; returns its size."""
    merges = ["t h", "h e", "i n", "e r", "Ġ t", "Ġt he"]
    tokens: list[Token] = [(char, 0, TokenType.NORMAL) for char in _byte_characters()]
    tokens += [(merge.replace(" ", ""), 0, TokenType.NORMAL) for merge in merges]
    specials = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>")
    first = len(tokens)
    tokens += [(text, 0, TokenType.CONTROL) for text in specials]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_merges(merges)
    writer.add_bos_token_id(first)
    writer.add_eos_token_id(first + 2)
    writer.add_add_bos_token(False)
    return _add_tokens(writer, tokens, lambda padded: None)


def add_wordpiece_tokenizer(writer: GGUFWriter) -> int:
    """A bert vocabulary of letters and a few words; returns its size."""
    specials = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    tokens: list[Token] = [(text, 0, TokenType.CONTROL) for text in specials]
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    words = letters + [f"##{letter}" for letter in letters] + ["forget", "the", "cat", "?", "."]
    # a converted bert vocabulary marks the start of a word instead of its continuation
    marked = [word[2:] if word.startswith("##") else f"▁{word}" for word in words]
    tokens += [(word, 0, TokenType.NORMAL) for word in marked]
    writer.add_tokenizer_model("bert")
    writer.add_bos_token_id(2)
    writer.add_eos_token_id(3)
    writer.add_unk_token_id(1)
    writer.add_sep_token_id(3)
    writer.add_pad_token_id(0)
    return _add_tokens(writer, tokens, lambda padded: None)


def _add_tokens(
    writer: GGUFWriter, tokens: list[Token], and_also: Callable[[list[Token]], None]
) -> int:
    padding = [(f"[pad{i}]", -1000.0, TokenType.UNUSED) for i in range(-len(tokens) % 32)]
    padded = tokens + padding
    writer.add_token_list([text for text, _, _ in padded])
    writer.add_token_types([int(kind) for _, _, kind in padded])
    and_also(padded)
    return len(padded)


def _byte_characters() -> list[str]:
    """GPT-2's printable stand-in for each byte, in byte order."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    stand_in = {byte: chr(byte) for byte in plain}
    stand_in |= {byte: chr(256 + i) for i, byte in enumerate(others)}
    return [stand_in[byte] for byte in range(256)]
