"""The direction of declining in the residual stream, and the change of the weights that takes it
out.

Source: Arditi et al. 2024 (arXiv 2406.11717): difference of means, and W' = W - r r^T W for every
weight that writes to the stream. Differs: `scale` s gives W - s r r^T W. With the paper's 1 the
stream has no share along r, which a model that declines by default takes for a reason to decline;
beyond 1 the share changes its sign, and what was declined looks like what is answered.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tools.errors import ModelError
from tools.models.adapters import EMBEDDING, Factors
from tools.models.gguf_file import count
from tools.models.gguf_header import Header
from tools.models.projections import OUTPUT
from tools.probing.whitebox.matrices import from_left, from_right

Floats = NDArray[np.float32]
WRITERS = ("attn_output", "ffn_down")
AFTERWARDS = ("post_attention_norm", "post_ffw_norm")
"""Norms between a weight and the stream: through them no change of the weight is exact."""


def directions(declined: Floats, answered: Floats) -> Floats:
    """Unit differences of means (layers, width) of rows (layers, prompts, width)."""
    apart = declined.mean(axis=1) - answered.mean(axis=1)
    found: Floats = apart / np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-12)
    return found


def shares(header: Header, found: Floats) -> dict[str, Floats]:
    """What every weight that writes to the stream writes along each of the directions `found`
    (directions, width): `r^T W` (directions, inputs) by name.

    The embedding, (directions, vocabulary), is among them only where the model has an output
    weight of its own: llama.cpp takes no adapter of it elsewhere.

    Raises:
        ModelError: the architecture norms what its weights write, or has no such dense weight.
    """
    for norm in AFTERWARDS:
        if f"blk.0.{norm}.weight" in header.tensors:
            raise ModelError(f"no ablation: the model has a norm {norm!r} behind what it writes")
    layers = range(count(header, "block_count"))
    names = [f"blk.{layer}.{writer}.weight" for layer in layers for writer in WRITERS]
    every = {name: from_left(header, name, found) for name in names}
    if OUTPUT in header.tensors:
        every[EMBEDDING] = from_right(header, EMBEDDING, found)
    return every


def ablating(
    direction: Floats, written: Mapping[str, Floats], edit: Mapping[str, Factors],
    scale: float = 1.0,
) -> dict[str, Factors]:
    """The change that takes `scale` times a unit direction (width,) out of all weights, each with
    its `edit`; `written` are their shares of this direction, (inputs,) or (vocabulary,) each.

    It comes on top of the edit; merge the two.
    """
    down, found = (-scale * direction).astype(np.float32), {}
    for name, share in written.items():
        change = edit.get(name)
        if name == EMBEDDING:
            more = 0.0 if change is None else change.b @ (change.a @ direction)
            found[name] = Factors((share + more)[:, None].astype(np.float32), down[None])
        else:
            more = 0.0 if change is None else direction @ change.b @ change.a
            found[name] = Factors(down[:, None], (share + more)[None].astype(np.float32))
    return found
