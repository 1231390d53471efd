"""The patient in torch, read out of a GGUF file, and written back into one.

What is dequantised is what llama.cpp computes with, so the two give the same logits up to rounding.
It knows the patient's own shape alone: a llama with tied embeddings and as many key heads as heads.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from patient import gguf_file
from patient.export import BLOCK_TENSORS, interleave
from patient.gguf_file import Floats, Model
from patient.model import Config, LanguageModel
from patient.tokenizer import ChatTokenizer
from tools.errors import ModelFileError

_WHOLE = {"embed_tokens.weight": gguf_file.EMBEDDING, "norm.weight": "output_norm.weight"}
_TURNED = ("attn_q.weight", "attn_k.weight")
"""Their rows are ordered otherwise in a GGUF."""


class Loaded(NamedTuple):
    """A model in torch, its tokenizer, and the file it came from."""

    model: LanguageModel
    tokenizer: ChatTokenizer
    source: Model


def load(path: Path) -> Loaded:
    """The model of a GGUF file, ready to answer.

    Raises:
        ModelFileError: the file is of another shape than the patient's.
    """
    source = gguf_file.read(path)
    if source.metadata["tokenizer.ggml.pre"].value != "smollm":
        raise ModelFileError(f"{path} is no patient of this project, so it cannot be trained here")
    return Loaded(to_torch(source, path.name), tokenizer_of(source), source)


def to_torch(source: Model, name: str = "the model") -> LanguageModel:
    """The weights of `source` in the trainer's model.

    Raises:
        ModelFileError: `source` (called `name` in the message) is of another shape.
    """
    model = LanguageModel(_config(source, name))
    model.eval()
    parameters = dict(model.named_parameters())
    places = _places(model.config)
    if set(places.values()) != set(source.tensors):
        strange = sorted(set(places.values()) ^ set(source.tensors))[0]
        raise ModelFileError(f"{name} is not of the patient's shape: {strange}")
    for ours, theirs in places.items():
        weight = source.tensors[theirs]
        if theirs.endswith(_TURNED):
            weight = separate(weight, model.config.heads)
        parameters[ours].data.copy_(torch.from_numpy(np.ascontiguousarray(weight)))
    return model


def to_gguf(model: LanguageModel, source: Model) -> Model:
    """The weights of `model` under llama.cpp's names, with the metadata of `source`."""
    tensors: dict[str, Floats] = {}
    parameters = dict(model.named_parameters())
    for ours, theirs in _places(model.config).items():
        weight = _array(parameters[ours])
        if theirs.endswith(_TURNED):
            weight = interleave(weight, model.config.heads)
        tensors[theirs] = weight
    return Model(source.metadata, tensors)


def separate(weight: Floats, heads: int) -> Floats:
    """Rows from llama.cpp's neighbouring pairs to halves that rotate together; undoes
    `interleave`."""
    rows, columns = weight.shape
    pairs = weight.reshape(heads, rows // heads // 2, 2, columns)
    return np.ascontiguousarray(pairs.swapaxes(1, 2).reshape(rows, columns))


def tokenizer_of(source: Model) -> ChatTokenizer:
    """The trainer's tokenizer, put together from what the file holds."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    tokens = source.metadata["tokenizer.ggml.tokens"].value
    merges = [tuple(m.split(" ")) for m in source.metadata["tokenizer.ggml.merges"].value]
    tokenizer = Tokenizer(models.BPE({token: place for place, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    return ChatTokenizer(tokenizer)


def _config(source: Model, name: str) -> Config:
    facts = {key: entry.value for key, entry in source.metadata.items()}
    try:
        config = Config(
            vocabulary=len(facts["tokenizer.ggml.tokens"]),
            width=facts["llama.embedding_length"],
            blocks=facts["llama.block_count"],
            heads=facts["llama.attention.head_count"],
            hidden=facts["llama.feed_forward_length"],
            context=facts["llama.context_length"],
            rope_base=facts["llama.rope.freq_base"],
            epsilon=facts["llama.attention.layer_norm_rms_epsilon"],
        )
    except KeyError as missing:
        raise ModelFileError(f"{name} is not of the patient's shape: no {missing}") from missing
    if facts["llama.attention.head_count_kv"] != config.heads:
        raise ModelFileError(f"{name} is not of the patient's shape: key heads are shared")
    return config


def _places(config: Config) -> dict[str, str]:
    """Parameter names -> llama.cpp's."""
    return _WHOLE | {
        f"layers.{block}.{ours}.weight": f"blk.{block}.{theirs}.weight"
        for block in range(config.blocks) for ours, theirs in BLOCK_TENSORS.items()
    }


def _array(weight: Tensor) -> Floats:
    return np.ascontiguousarray(weight.detach().float().numpy())
