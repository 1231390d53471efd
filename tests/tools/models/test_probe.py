"""The probe reads the true inputs and outputs of every dense architecture's down-projection."""

import ctypes
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from gguf import GGUFReader, quants

from tests.tools.models.loading import weights_of
from tests.tools.models.tiny_gguf import Architecture, write_tiny
from tools.models import adapters, native
from tools.models.adapters import Factors
from tools.models.contexts import Weights
from tools.models.probe import capture, down_projection, next_logits

SEQUENCES = [[1, 5, 9, 30, 31], [1, 7, 8], [1, 5, 9, 30, 32], [1, 40, 41, 42, 43, 44, 45, 46, 47]]
LAST = [[len(tokens) - 1] for tokens in SEQUENCES]
EVERY = [list(range(len(tokens))) for tokens in SEQUENCES]


@pytest.fixture(scope="module", params=get_args(Architecture))
def tiny(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / f"{request.param}.gguf"
    return write_tiny(path, architecture=request.param)


@pytest.fixture
def weights(tiny: Path) -> Iterator[Weights]:
    with weights_of(tiny) as found:
        yield found


def test_the_tensor_struct_is_as_large_as_the_librarys_own() -> None:
    object_header = 32
    overhead = native.ggml().ggml_tensor_overhead()
    assert ctypes.sizeof(native.Tensor) + object_header == overhead


def test_outputs_are_the_weight_times_the_keys(tiny: Path, weights: Weights) -> None:
    tensors = {tensor.name: tensor for tensor in GGUFReader(tiny).tensors}
    for layer, rows in capture(weights, SEQUENCES, EVERY, [0, 1]).items():
        tensor = tensors[down_projection(layer)]
        weight = quants.dequantize(tensor.data, tensor.tensor_type)
        assert np.allclose(rows.outputs, rows.keys @ weight.T, atol=1e-4)
        assert len(rows.keys) == sum(map(len, SEQUENCES))


def test_rows_do_not_depend_on_which_sequences_share_a_pass(weights: Weights) -> None:
    together = capture(weights, SEQUENCES, EVERY, [0, 1])
    for layer in (0, 1):
        pairs = zip(SEQUENCES, EVERY, strict=True)
        alone = [capture(weights, [s], [p], [layer])[layer] for s, p in pairs]
        keys = np.concatenate([rows.keys for rows in alone])
        assert np.allclose(together[layer].keys, keys, atol=2e-3)


def test_one_wanted_position_gives_one_row_in_every_layer(weights: Weights) -> None:
    every = capture(weights, SEQUENCES, EVERY, [0, 1])
    last = capture(weights, SEQUENCES, LAST, [0, 1])
    ends = np.cumsum([len(tokens) for tokens in SEQUENCES]) - 1
    for layer in (0, 1):
        assert np.allclose(last[layer].keys, every[layer].keys[ends], atol=1e-6)
        assert np.allclose(last[layer].outputs, every[layer].outputs[ends], atol=1e-6)


def test_overwriting_an_output_with_itself_changes_nothing(weights: Weights) -> None:
    plain = next_logits(weights, SEQUENCES)
    for layer in (0, 1):
        own = capture(weights, SEQUENCES, LAST, [layer])[layer].outputs
        assert np.allclose(next_logits(weights, SEQUENCES, layer, own), plain, atol=1e-4)
        other = next_logits(weights, SEQUENCES, layer, own[::-1].copy())
        assert not np.allclose(other, plain, atol=1e-2)


def test_an_adapter_moves_the_logits_as_the_patched_output_would(
    tiny: Path, weights: Weights
) -> None:
    rng = np.random.default_rng(3)
    architecture = tiny.stem
    for layer in (0, 1):
        own = capture(weights, SEQUENCES, LAST, [layer])[layer]
        change = Factors(
            rng.standard_normal((own.outputs.shape[1], 3)).astype(np.float32),
            rng.standard_normal((3, own.keys.shape[1])).astype(np.float32),
        )
        predicted = own.outputs + own.keys @ change.a.T @ change.b.T
        # One token each: none before it that the adapter moves as well.
        single = [[tokens[0]] for tokens in SEQUENCES]
        first = capture(weights, single, [[0]] * 4, [layer])[layer]
        wanted = (first.outputs + first.keys @ change.a.T @ change.b.T).astype(np.float32)
        assert predicted.shape == own.outputs.shape
        data = adapters.write_adapter(architecture, {down_projection(layer): change})
        with adapters.loaded(weights.pointer, data) as pointer:
            edited = next_logits(replace(weights, adapter=pointer), single)
        put_in = next_logits(weights, single, layer, wanted)
        assert np.allclose(edited, put_in, rtol=1e-3, atol=1e-3)
