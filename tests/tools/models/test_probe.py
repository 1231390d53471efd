"""The probe reads the true inputs and outputs of every dense architecture's down-projection."""

import ctypes
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFReader, quants

from tests.tools.models.loading import weights_of
from tests.tools.models.tiny_gguf import write_tiny
from tests.tools.models.tiny_weights import DENSE, RECIPES, Architecture
from tools.errors import ModelError
from tools.models import adapters, native, probe
from tools.models.adapters import Factors
from tools.models.contexts import Weights
from tools.models.probe import capture, down_projection, next_logits, tap
from tools.models.taps import EMBEDDED, Want, Watch, block_output, mlp_input

SEQUENCES = [[1, 5, 9, 30, 31], [1, 7, 8], [1, 5, 9, 30, 32], [1, 40, 41, 42, 43, 44, 45, 46, 47]]
LAST = [[len(tokens) - 1] for tokens in SEQUENCES]
EVERY = [list(range(len(tokens))) for tokens in SEQUENCES]


@pytest.fixture(scope="module", params=DENSE)
def tiny(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / f"{request.param}.gguf"
    return write_tiny(path, architecture=request.param)


@pytest.fixture
def weights(tiny: Path) -> Iterator[Weights]:
    with weights_of(tiny) as found:
        yield found


def everything(weights: Weights) -> list[Want]:
    """What goes into and comes out of both layers' attention outputs, values and MLPs, with the
    streams between."""
    names = {f"blk.{n}.{stem}.weight" for n in (0, 1) for stem in ("attn_output", "ffn_down")}
    fused = probe.multiplies(weights, "blk.0.attn_qkv.weight")
    names |= {f"blk.{layer}.attn_{'qkv' if fused else 'v'}.weight" for layer in (0, 1)}
    streams = [EMBEDDED, *(stream(n) for n in (0, 1) for stream in (mlp_input, block_output))]
    wants = [Want("keys", name) for name in names] + [Want("outputs", name) for name in names]
    return wants + [Want("streams", name) for name in streams]


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


def test_rows_of_attention_and_streams_do_not_either(weights: Weights) -> None:
    wants = everything(weights)
    together = tap(weights, SEQUENCES, EVERY, wants)
    alone = [tap(weights, [s], [p], wants) for s, p in zip(SEQUENCES, EVERY, strict=True)]
    for kind, name in wants:
        rows = np.concatenate([getattr(one, kind)[name] for one in alone])
        assert np.allclose(getattr(together, kind)[name], rows, atol=5e-3)


def test_rows_come_in_the_order_asked_for(weights: Weights) -> None:
    wants = everything(weights)
    every = tap(weights, SEQUENCES, EVERY, wants)
    some = tap(weights, SEQUENCES[:2], [[4, 0, 4], [1]], wants)
    for kind, name in wants:
        expected = getattr(every, kind)[name][[4, 0, 4, 6]]
        assert np.allclose(getattr(some, kind)[name], expected, atol=5e-3)


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


def test_overwriting_a_stream_puts_another_prompt_in_its_place(weights: Weights) -> None:
    wants = [Want("streams", block_output(layer)) for layer in (0, 1)]
    rows = tap(weights, SEQUENCES, LAST, wants).streams
    plain = next_logits(weights, SEQUENCES)
    for want in wants:
        same = probe.patched_logits(weights, SEQUENCES, {want: rows[want.name]})
        assert np.allclose(same, plain, atol=1e-4)
    turned = {wants[1]: rows[wants[1].name][::-1].copy()}
    assert np.allclose(probe.patched_logits(weights, SEQUENCES, turned), plain[::-1], atol=1e-2)


def test_a_stream_without_a_node_of_its_own_is_not_overwritten(
    tiny: Path, weights: Weights
) -> None:
    want = Want("streams", mlp_input(0))
    rows = tap(weights, SEQUENCES, LAST, [want]).streams[want.name]
    if tiny.stem in ("phi3", "gemma2", "gemma3"):
        with pytest.raises(ModelError, match="'ffn_inp-0' cannot be overwritten"):
            probe.patched_logits(weights, SEQUENCES, {want: rows})
    else:
        same = probe.patched_logits(weights, SEQUENCES, {want: rows})
        assert np.allclose(same, next_logits(weights, SEQUENCES), atol=1e-4)


@pytest.mark.parametrize(
    "want",
    [Want("keys", "blk.9.attn_v.weight"), Want("streams", "l_out-9"), Want("streams", "thoughts"),
     Want("edited", "blk.0.ffn_down.weight")],
)
def test_what_a_model_does_not_have_is_named(weights: Weights, want: Want) -> None:
    with pytest.raises(ModelError, match=f"this model has no {want.name!r}"):
        tap(weights, SEQUENCES, LAST, [want])


def test_a_pass_ends_after_the_last_wanted_node(
    weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    class Counting(Watch):
        def __call__(self, pointer: int, ask: bool, data: int | None) -> bool:
            seen.append(pointer)
            return super().__call__(pointer, ask, data)

    monkeypatch.setattr(probe, "Watch", Counting)
    counts = []
    for name in (block_output(0), block_output(1)):
        tap(weights, [SEQUENCES[0]], [[0]], [Want("streams", name)])
        counts.append(len(seen))
        seen.clear()
    assert counts[0] < 0.6 * counts[1]


def test_an_adapter_moves_the_logits_as_the_patched_output_would(
    tiny: Path, weights: Weights
) -> None:
    rng = np.random.default_rng(3)
    name: Architecture = tiny.stem  # type: ignore[assignment]
    architecture = RECIPES[name].file
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
