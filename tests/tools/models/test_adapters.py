"""Adapters travel as bytes and add exactly what their factors say."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from tests.tools.models.loading import weights_of
from tests.tools.models.tiny_gguf import write_tiny
from tools.errors import AdapterRefused
from tools.models.adapters import EMBEDDING, Factors, loaded, merge, read_adapter, write_adapter
from tools.models.contexts import Weights
from tools.models.probe import down_projection, next_logits, tap
from tools.models.taps import EMBEDDED, Want

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


def test_an_embedding_is_a_weight_like_any_other() -> None:
    whole = Factors(np.ones((384, 2), np.float32), np.arange(128, dtype=np.float32).reshape(2, 64))
    back = read_adapter(write_adapter("llama", {EMBEDDING: whole}))[EMBEDDING]
    assert np.array_equal(back.b, whole.b)
    assert np.array_equal(back.a, whole.a)


def test_an_embedding_moves_where_its_factors_say(weights: Weights) -> None:
    b = np.zeros((384, 1), np.float32)
    b[SEQUENCES[0][1]] = 1
    moved = np.full((1, 64), 0.5, np.float32)
    want = [Want("streams", EMBEDDED)]
    before = tap(weights, [SEQUENCES[0]], [[0, 1, 2]], want).streams[EMBEDDED]
    data = write_adapter("llama", {EMBEDDING: Factors(b, moved)})
    with loaded(weights.pointer, data) as pointer:
        other = replace(weights, adapter=pointer)
        after = tap(other, [SEQUENCES[0]], [[0, 1, 2]], want).streams[EMBEDDED]
    assert np.allclose(after - before, [[0.0], [0.5], [0.0]], atol=1e-6)


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
     write_adapter("llama", {down_projection(9): change(1)}),
     write_adapter("llama", {EMBEDDING: change(1)})],
)
def test_what_is_no_adapter_for_this_model_is_refused(weights: Weights, data: bytes) -> None:
    with pytest.raises(AdapterRefused), loaded(weights.pointer, data):
        pass


def test_what_is_no_pair_of_factors_is_refused() -> None:
    good = write_adapter("llama", {down_projection(0): change(1)})
    halves = good.replace(b".lora_b", b".lora_c")
    other = good.replace((2).to_bytes(8, "little"), (1).to_bytes(8, "little"))
    for data in (b"", b"GGUF", good[:-1], halves, other):
        with pytest.raises(AdapterRefused, match="not an adapter"):
            read_adapter(data)
