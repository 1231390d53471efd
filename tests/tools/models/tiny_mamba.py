"""A tiny recurrent model (mamba): it has no attention and no MLP."""

from pathlib import Path

import numpy as np
from gguf import GGUFWriter

from tests.tools.models.tiny_gguf import CHATML, finish
from tests.tools.models.tiny_vocab import add_spm_tokenizer
from tests.tools.models.tiny_weights import Weights, matrix, near_one

WIDTH, LAYERS, KERNEL, STATE, RANK = 64, 2, 4, 16, 4
INNER = 2 * WIDTH


def write_tiny_mamba(path: Path) -> Path:
    """Write the model file and return its path."""
    rng = np.random.default_rng(0)
    writer = GGUFWriter(path, "mamba")
    _add_sizes(writer)
    vocab = add_spm_tokenizer(writer)
    writer.add_chat_template(CHATML)
    tensors = {
        "token_embd.weight": matrix(rng, vocab, WIDTH, 4.0),
        "output_norm.weight": near_one(rng, WIDTH),
    }
    for layer in range(LAYERS):
        tensors |= {f"blk.{layer}.{name}": tensor for name, tensor in _block(rng).items()}
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    return finish(writer, path)


def _add_sizes(writer: GGUFWriter) -> None:
    writer.add_name("tiny mamba")
    writer.add_context_length(512)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(0)
    writer.add_head_count(0)
    writer.add_block_count(LAYERS)
    writer.add_ssm_conv_kernel(KERNEL)
    writer.add_ssm_inner_size(INNER)
    writer.add_ssm_state_size(STATE)
    writer.add_ssm_time_step_rank(RANK)
    writer.add_layer_norm_rms_eps(1e-5)


def _block(rng: np.random.Generator) -> Weights:
    return {
        "attn_norm.weight": near_one(rng, WIDTH),
        "ssm_in.weight": matrix(rng, 2 * INNER, WIDTH),
        "ssm_conv1d.weight": matrix(rng, INNER, KERNEL),
        "ssm_conv1d.bias": np.zeros(INNER, np.float32),
        "ssm_x.weight": matrix(rng, RANK + 2 * STATE, INNER),
        "ssm_dt.weight": matrix(rng, INNER, RANK),
        "ssm_dt.bias": np.zeros(INNER, np.float32),
        "ssm_a": -np.ones((INNER, STATE), np.float32),
        "ssm_d": np.ones(INNER, np.float32),
        "ssm_out.weight": matrix(rng, WIDTH, INNER),
    }
