"""Adapters travel as bytes and add exactly what their factors say."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from tests.tools.models.loading import weights_of
from tests.tools.models.tiny_gguf import write_tiny
from tools.errors import AdapterRefused
from tools.models.adapters import Factors, loaded, merge, read_adapter, write_adapter
from tools.models.contexts import Weights
from tools.models.probe import down_projection, next_logits

SEQUENCES = [[1, 300, 301], [1, 310, 311, 312]]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weights]:
    path = write_tiny(tmp_path_factory.mktemp("models") / "tiny.gguf", weights="Q8_0")
    with weights_of(path) as found:
        yield found


def change(seed: int, rank: int = 2) -> Factors:
    rng = np.random.default_rng(seed)
    shapes = (64, rank), (rank, 96)
    return Factors(*(rng.standard_normal(shape).astype(np.float32) for shape in shapes))


def edited(weights: Weights, data: bytes) -> np.ndarray:
    with loaded(weights.pointer, data) as pointer:
        return next_logits(replace(weights, adapter=pointer), SEQUENCES)


def test_bytes_hold_the_factors() -> None:
    name = down_projection(0)
    back = read_adapter(write_adapter("llama", {name: change(1)}))
    assert np.array_equal(back[name].a, change(1).a)
    assert np.array_equal(back[name].b, change(1).b)


def test_equal_changes_give_equal_bytes() -> None:
    names = [down_projection(0), down_projection(1)]
    parts = {name: change(i) for i, name in enumerate(names)}
    backwards = dict(reversed(parts.items()))
    assert write_adapter("llama", parts) == write_adapter("llama", backwards)


def test_the_model_without_its_adapter_is_bit_for_bit_itself(weights: Weights) -> None:
    before = next_logits(weights, SEQUENCES)
    moved = edited(weights, write_adapter("llama", {down_projection(1): change(1)}))
    assert not np.allclose(moved, before, atol=0.1)
    assert np.array_equal(next_logits(weights, SEQUENCES), before)


def test_a_change_and_its_opposite_merge_to_nothing(weights: Weights) -> None:
    name, one = down_projection(0), change(1)
    merged = merge({name: one}, {name: Factors(-one.b, one.a)})
    assert merged[name].rank == 4
    moved = edited(weights, write_adapter("llama", merged))
    assert np.allclose(moved, next_logits(weights, SEQUENCES), atol=1e-4)


@pytest.mark.parametrize(
    "data",
    [b"", b"GGUF", write_adapter("qwen2", {down_projection(0): change(1)}),
     write_adapter("llama", {down_projection(9): change(1)})],
)
def test_what_is_no_adapter_for_this_model_is_refused(weights: Weights, data: bytes) -> None:
    with pytest.raises(AdapterRefused), loaded(weights.pointer, data):
        pass
