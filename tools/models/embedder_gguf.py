"""all-MiniLM-L6-v2 as a GGUF file: the names, keys and vocabulary that llama.cpp's BERT expects.

Takes the original weights and vocabulary and writes one file. It knows neither where they come from
nor where the result is kept.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gguf import GGUFWriter
    from numpy.typing import NDArray

# From the model's config.json; the weights' hash is pinned, so these cannot drift.
LAYERS = 6
WIDTH = 384
FEED_FORWARD = 1536
HEADS = 12
CONTEXT_LENGTH = 512
LAYER_NORM_EPSILON = 1e-12
TOKEN_TYPES = 2

WORD_START = "\u2581"
SPECIAL_TOKENS = {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102, "[MASK]": 103}

_EMBEDDINGS = {
    "embeddings.word_embeddings.weight": "token_embd.weight",
    "embeddings.position_embeddings.weight": "position_embd.weight",
    "embeddings.token_type_embeddings.weight": "token_types.weight",
    "embeddings.LayerNorm": "token_embd_norm",
}
_BLOCK_PARTS = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
# The pooler belongs to next-sentence prediction; position_ids are 0..511.
_UNUSED = ("embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias")
# llama.cpp adds these two to the token embeddings in F32.
_KEPT_IN_F32 = ("position_embd.weight", "token_types.weight")


def tensor_name(name: str) -> str | None:
    """GGUF name of a tensor of the original file; None for one that embedding does not need.

    Raises:
        KeyError: the name belongs to no BERT this module knows.
    """
    if name in _UNUSED:
        return None
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    stem, _, kind = name.rpartition(".")
    if stem in _EMBEDDINGS:
        return f"{_EMBEDDINGS[stem]}.{kind}"
    if block := re.fullmatch(r"encoder\.layer\.(\d+)\.(.+)", stem):
        return f"blk.{block[1]}.{_BLOCK_PARTS[block[2]]}.{kind}"
    raise KeyError(name)


def gguf_token(token: str) -> str:
    """WordPiece to llama.cpp's form: word starts are marked instead of continuations (`##`)."""
    if token in SPECIAL_TOKENS:
        return token
    return token[2:] if token.startswith("##") else WORD_START + token


def write_embedder(
    path: Path, tensors: Mapping[str, NDArray[np.generic]], vocabulary: Sequence[str]
) -> None:
    """Write the embedder in F16 (matrices) and F32 (norms, biases, positions).

    Args:
        path: file to create.
        tensors: original name -> array in PyTorch's (out, in) order.
        vocabulary: the 30522 WordPiece tokens by id.
    """
    from gguf import GGUFWriter

    writer = GGUFWriter(path, "bert")
    try:
        _write_keys(writer)
        _write_vocabulary(writer, vocabulary)
        _add_tensors(writer, tensors)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def _write_keys(writer: GGUFWriter) -> None:
    from gguf import LlamaFileType, PoolingType

    writer.add_name("all-MiniLM-L6-v2")
    writer.add_license("apache-2.0")
    writer.add_file_type(LlamaFileType.MOSTLY_F16)
    writer.add_context_length(CONTEXT_LENGTH)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_block_count(LAYERS)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_eps(LAYER_NORM_EPSILON)
    writer.add_causal_attention(False)
    writer.add_pooling_type(PoolingType.MEAN)


def _write_vocabulary(writer: GGUFWriter, vocabulary: Sequence[str]) -> None:
    from gguf import TokenType

    types = [TokenType.CONTROL if t in SPECIAL_TOKENS else TokenType.NORMAL for t in vocabulary]
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([gguf_token(token) for token in vocabulary])
    writer.add_token_types(types)
    writer.add_token_type_count(TOKEN_TYPES)
    writer.add_pad_token_id(SPECIAL_TOKENS["[PAD]"])
    writer.add_unk_token_id(SPECIAL_TOKENS["[UNK]"])
    writer.add_bos_token_id(SPECIAL_TOKENS["[CLS]"])
    writer.add_sep_token_id(SPECIAL_TOKENS["[SEP]"])
    writer.add_mask_token_id(SPECIAL_TOKENS["[MASK]"])


def _add_tensors(writer: GGUFWriter, tensors: Mapping[str, NDArray[np.generic]]) -> None:
    for original, array in tensors.items():
        name = tensor_name(original)
        if name is not None:
            keep = array.ndim == 1 or name in _KEPT_IN_F32
            writer.add_tensor(name, array.astype(np.float32 if keep else np.float16))
