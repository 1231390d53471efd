"""What is read from a model file does to a stream what llama.cpp does to it."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tests.tools.models.loading import weights_of
from tests.tools.models.tiny_gguf import write_tiny
from tests.tools.models.tiny_weights import DENSE
from tools.errors import ModelError
from tools.models import probe
from tools.models.contexts import Weights
from tools.models.taps import Want, block_output
from tools.probing.whitebox import matrices
from tools.probing.whitebox.readout import Readout

SEQUENCES = [[1, 5, 9, 30, 31], [1, 7, 8], [1, 40, 41, 42, 43, 44]]
LAST = [[len(tokens) - 1] for tokens in SEQUENCES]
TARGETS = np.array([3, 30, 44], np.int64)


class Tiny(NamedTuple):
    """A model file of one architecture, read and loaded."""

    readout: Readout
    weights: Weights


@pytest.fixture(scope="module", params=DENSE)
def tiny(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tiny]:
    path = tmp_path_factory.mktemp("tiny") / "model.gguf"
    write_tiny(path, architecture=request.param, weights="Q8_0")
    with weights_of(path) as weights:
        yield Tiny(Readout(path), weights)


def agrees(tiny: Tiny, stream: str, logits: np.ndarray) -> None:
    rows = probe.tap(tiny.weights, SEQUENCES, LAST, [Want("streams", stream)]).streams[stream]
    told = tiny.readout.tell(rows, TARGETS)
    likely = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected = (likely / likely.sum(axis=1, keepdims=True))[np.arange(3), TARGETS]
    np.testing.assert_allclose(told.probabilities, expected, rtol=0.05)
    ranks = (logits > logits[np.arange(3), TARGETS][:, None]).sum(axis=1)
    assert np.abs(told.ranks - ranks).max() <= 3


def test_the_stream_after_the_last_block_says_what_the_model_says(tiny: Tiny) -> None:
    agrees(tiny, block_output(1), probe.next_logits(tiny.weights, SEQUENCES))


def test_the_stream_after_an_inner_block_says_what_it_would_say_at_the_end(tiny: Tiny) -> None:
    inner = probe.tap(
        tiny.weights, SEQUENCES, LAST, [Want("streams", block_output(0))]
    ).streams[block_output(0)]
    last = Want("streams", block_output(1))
    agrees(tiny, block_output(0), probe.patched_logits(tiny.weights, SEQUENCES, {last: inner}))


def test_a_matrix_is_read_alike_in_one_piece_and_in_many(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = np.random.default_rng(1).standard_normal((4, 64)).astype(np.float32)
    targets = np.array([0, 17, 50, 99])
    whole = tiny.readout.tell(rows, targets)
    monkeypatch.setattr(matrices, "BLOCK", 64 * 7)
    pieces = tiny.readout.tell(rows, targets)
    np.testing.assert_array_equal(pieces.ranks, whole.ranks)
    np.testing.assert_allclose(pieces.probabilities, whole.probabilities, rtol=1e-4)


def test_an_unknown_architecture_is_refused_by_name(tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "m.gguf", architecture="qwen2moe", experts=4)
    with pytest.raises(ModelError, match="qwen2moe"):
        Readout(path)
