"""The list of tensors tells which projection of a layer is where, in fused weights too."""

from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFReader

from tests.tools.models.tiny_gguf import write_tiny
from tests.tools.models.tiny_weights import DENSE, HEADS, RECIPES, Architecture, Shape, make_weights
from tools.errors import ModelFileError
from tools.models.projections import Projection, read_projections

PLAIN = {
    "query": "attn_q", "key": "attn_k", "value": "attn_v", "attention_output": "attn_output",
    "gate": "ffn_gate", "up": "ffn_up", "down": "ffn_down",
}


@pytest.mark.parametrize("architecture", DENSE)
def test_every_role_of_every_layer_is_found_in_its_size(
    architecture: Architecture, tmp_path: Path
) -> None:
    recipe, shape = RECIPES[architecture], Shape()
    found = read_projections(write_tiny(tmp_path / "m.gguf", architecture=architecture))
    heads, kv = HEADS * recipe.head, recipe.kv_heads * recipe.head
    sizes = {
        "query": (shape.width, heads), "key": (shape.width, kv), "value": (shape.width, kv),
        "attention_output": (heads, shape.width), "down": (shape.feed_forward, shape.width),
        "gate": (shape.width, shape.feed_forward), "up": (shape.width, shape.feed_forward),
    }
    assert len(found.layers) == shape.layers
    for layer in found.layers:
        assert {role: (one.inputs, one.outputs) for role, one in layer.items()} == sizes
    assert found.tied == recipe.tied
    assert found.embedding.outputs == 384


def test_rows_of_a_fused_weight_are_those_of_its_parts(tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "m.gguf", architecture="phi3")
    whole = {tensor.name: tensor.data for tensor in GGUFReader(path).tensors}
    parts = make_weights(RECIPES["llama"], Shape(), 384, experts=0, tied=False, seed=0)
    for number, layer in enumerate(read_projections(path).layers):
        for role, projection in layer.items():
            weight = whole[projection.name].T
            expected = parts[f"blk.{number}.{PLAIN[role]}.weight"]
            assert np.array_equal(projection.part(weight).T, expected)


def test_a_change_of_some_rows_leaves_the_others(tmp_path: Path) -> None:
    value = Projection("blk.0.attn_qkv.weight", 3, 2, 4, 6)
    factors = value.factors(np.ones((2, 1), np.float32), np.ones((1, 3), np.float32))
    assert (factors.b @ factors.a).tolist() == [[0] * 3] * 4 + [[1] * 3] * 2


def test_experts_are_no_projections(tmp_path: Path) -> None:
    layer = read_projections(write_tiny(tmp_path / "m.gguf", experts=4)).layers[0]
    assert sorted(layer) == ["attention_output", "key", "query", "value"]


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    with pytest.raises(ModelFileError):
        read_projections(tmp_path / "m.gguf")
