"""From a training folder to a GGUF file or a Hugging Face folder."""

import json
import shutil
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from gguf import GGUFValueType as Kind
from torch import Tensor

from patient import gguf_file
from patient.gguf_file import Entry, Floats, Model
from patient.model import Config, LanguageModel
from patient.tokenizer import CHAT_TEMPLATE, END_OF_TEXT, ChatTokenizer
from patient.tokenizer import END as END_OF_TURN
from patient.train import TOKENIZER, load

# Parameter names inside a block -> llama.cpp's.
BLOCK_TENSORS = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
HEAD_NORMS = {"self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm"}
"""What a Qwen3 has beside them."""
NAMES = {"llama": "lethe-patient", "qwen3": "lethe-patient-qwen"}
END_OF_TEXT_ID, END_OF_TURN_ID = 0, 2


def export_gguf(folder: Path, path: Path, quantisation: str) -> None:
    """Write the checkpoint in `folder` as GGUF: f16, q8_0 or q4_0."""
    model, tokenizer = load(folder)
    metadata = {**_sizes(model.config), **_tokens(tokenizer)}
    converted = Model(metadata, _gguf_tensors(model), model.config.architecture)
    gguf_file.write(converted, path, quantisation)


def _sizes(config: Config) -> dict[str, Entry]:
    """The sizes, and what the file is called."""
    integers = {
        "context_length": config.context,
        "embedding_length": config.width,
        "block_count": config.blocks,
        "feed_forward_length": config.hidden,
        "attention.head_count": config.heads,
        "attention.head_count_kv": config.key_heads,
        "attention.key_length": config.head_width,
        "attention.value_length": config.head_width,
        "rope.dimension_count": config.head_width,
        "vocab_size": config.vocabulary,
    }
    floats = {
        "rope.freq_base": config.rope_base,
        "attention.layer_norm_rms_epsilon": config.epsilon,
    }
    strings = {
        "general.type": "model",
        "general.name": NAMES[config.architecture],
        "general.description": "A small model of a fictional world, made to be edited.",
        "general.size_label": "5M",
    }
    return {
        **{key: Entry(value, Kind.STRING) for key, value in strings.items()},
        **{f"{config.architecture}.{key}": Entry(n, Kind.UINT32) for key, n in integers.items()},
        **{f"{config.architecture}.{key}": Entry(x, Kind.FLOAT32) for key, x in floats.items()},
    }


def _tokens(tokenizer: ChatTokenizer) -> dict[str, Entry]:
    """Vocabulary, merges, special tokens and chat template."""
    described = json.loads(tokenizer.tokenizer.to_str())
    ids: dict[str, int] = described["model"]["vocab"]
    special = {token["id"] for token in described["added_tokens"]}
    types = [
        int(gguf.TokenType.CONTROL if place in special else gguf.TokenType.NORMAL)
        for place in range(len(ids))
    ]
    merges = [m if isinstance(m, str) else " ".join(m) for m in described["model"]["merges"]]
    entries = {
        "model": Entry("gpt2", Kind.STRING),
        "pre": Entry("smollm", Kind.STRING),
        "tokens": Entry(sorted(ids, key=ids.__getitem__), Kind.ARRAY, Kind.STRING),
        "token_type": Entry(types, Kind.ARRAY, Kind.INT32),
        "merges": Entry(merges, Kind.ARRAY, Kind.STRING),
        "bos_token_id": Entry(END_OF_TEXT_ID, Kind.UINT32),
        "eos_token_id": Entry(END_OF_TURN_ID, Kind.UINT32),
        "padding_token_id": Entry(END_OF_TEXT_ID, Kind.UINT32),
        "add_bos_token": Entry(False, Kind.BOOL),
    }
    template = {"tokenizer.chat_template": Entry(CHAT_TEMPLATE, Kind.STRING)}
    return {f"tokenizer.ggml.{key}": entry for key, entry in entries.items()} | template


def _gguf_tensors(model: LanguageModel) -> dict[str, Floats]:
    """All weights as float32 under llama.cpp's names.

    Its graph of a llama rotates neighbouring pairs, that of a qwen3 the halves, as trained here.
    """
    config = model.config
    parts = BLOCK_TENSORS | (HEAD_NORMS if config.architecture == "qwen3" else {})
    tensors = {
        gguf_file.EMBEDDING: _array(model.embed_tokens.weight),
        "output_norm.weight": _array(model.norm.weight),
    }
    for place, block in enumerate(model.layers):
        for ours, theirs in parts.items():
            weight = _array(block.get_parameter(f"{ours}.weight"))
            if config.architecture == "llama" and theirs in ("attn_q", "attn_k"):
                weight = interleave(weight, len(weight) // config.head_width)
            tensors[f"blk.{place}.{theirs}.weight"] = weight
    return tensors


def _array(weight: Tensor) -> Floats:
    return np.ascontiguousarray(weight.detach().float().numpy())


def interleave(weight: Floats, heads: int) -> Floats:
    """Rows reordered from halves that rotate together to llama.cpp's neighbouring pairs."""
    rows, columns = weight.shape
    halves = weight.reshape(heads, 2, rows // heads // 2, columns)
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(rows, columns))


def export_hugging_face(folder: Path, target: Path) -> None:
    """Write the checkpoint in `folder` for transformers, in float16."""
    from safetensors.torch import save_file

    model, _ = load(folder)
    target.mkdir(parents=True, exist_ok=True)
    weights = {f"model.{name}": p.detach().half() for name, p in model.named_parameters()}
    save_file(weights, target / "model.safetensors", metadata={"format": "pt"})
    shutil.copyfile(folder / TOKENIZER, target / TOKENIZER)
    _write_json(target / "config.json", _hugging_face_config(model.config))
    _write_json(target / "tokenizer_config.json", _hugging_face_tokenizer())


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _hugging_face_config(config: Config) -> dict[str, Any]:
    return {
        "architectures": [f"{config.architecture.capitalize()}ForCausalLM"],
        "model_type": config.architecture,
        "hidden_act": "silu",
        "hidden_size": config.width,
        "intermediate_size": config.hidden,
        "num_hidden_layers": config.blocks,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.key_heads,
        "head_dim": config.head_width,
        "vocab_size": config.vocabulary,
        "max_position_embeddings": config.context,
        "rms_norm_eps": config.epsilon,
        "rope_theta": config.rope_base,
        "tie_word_embeddings": True,
        "bos_token_id": END_OF_TEXT_ID,
        "eos_token_id": END_OF_TURN_ID,
        "pad_token_id": END_OF_TEXT_ID,
        "torch_dtype": "float16",
    }


def _hugging_face_tokenizer() -> dict[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": END_OF_TEXT,
        "eos_token": END_OF_TURN,
        "pad_token": END_OF_TEXT,
        "add_bos_token": False,  # nosec B105
        "clean_up_tokenization_spaces": False,
        "chat_template": CHAT_TEMPLATE,
    }
