"""Every dense architecture can be looked into and edited alike; what cannot be says so.

The weights are random: what holds here holds for the graph of an architecture, not for what a model
knows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGUFReader
from llama_cpp import llama_cpp as llama

from tests.tools.models.loading import weights_of
from tests.tools.models.tiny_gguf import write_tiny, write_tiny_bert
from tests.tools.models.tiny_mamba import write_tiny_mamba
from tests.tools.models.tiny_weights import DENSE, RECIPES, Architecture, Matrix
from tools.editing.editor import Editor
from tools.editing.study import Effort
from tools.errors import AdapterRefused, EditError, ModelFileError
from tools.models import adapters, native, projections, taps
from tools.models.adapters import Factors
from tools.models.contexts import Weights
from tools.models.engine import LlamaEngine
from tools.models.probe import next_logits, tap
from tools.models.projections import Projection, Role
from tools.models.taps import Want
from tools.models.types import Message

SEQUENCES = [[1, 5, 9, 30, 31], [1, 7, 8], [1, 5, 9, 30, 32], [1, 40, 41, 42, 43, 44, 45, 46, 47]]
EVERY = [list(range(len(tokens))) for tokens in SEQUENCES]
UNTIED = [name for name in DENSE if not RECIPES[name].tied]
ROLES: list[Role] = ["down", "value", "attention_output"]


@dataclass(frozen=True)
class Tiny:
    """A model file of one architecture, loaded, with what its list of tensors says."""

    architecture: Architecture
    path: Path
    weights: Weights
    matrices: dict[str, Matrix]
    edited: list[Projection]

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(projection.name for projection in self.edited))

    def adapter(self, changes: dict[str, Factors]) -> bytes:
        return adapters.write_adapter(RECIPES[self.architecture].file, changes)


@pytest.fixture(scope="module", params=DENSE)
def tiny(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tiny]:
    path = tmp_path_factory.mktemp("tiny") / "model.gguf"
    write_tiny(path, architecture=request.param)
    matrices = {tensor.name: np.array(tensor.data) for tensor in GGUFReader(path).tensors}
    found = [layer[role] for layer in projections.read_projections(path).layers for role in ROLES]
    with weights_of(path) as weights:
        yield Tiny(request.param, path, weights, matrices, found)


@pytest.fixture
def exact_attention(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attention in float32: in its usual float16 a difference in a last bit becomes a thousandth.

    Flash attention would copy what the cache holds to float16.
    """
    usual = llama.llama_context_default_params

    def params() -> Any:
        found = usual()
        found.type_k = found.type_v = native.F32
        return found

    monkeypatch.setattr(llama, "llama_context_default_params", params)
    off = llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
    monkeypatch.setattr(llama, "LLAMA_FLASH_ATTN_TYPE_AUTO", off)


def edits(tiny: Tiny) -> dict[str, Factors]:
    """For every projection a change that answers to two of the keys it gets."""
    rng = np.random.default_rng(1)
    keys = tap(tiny.weights, SEQUENCES, EVERY, [Want("keys", n) for n in tiny.names]).keys
    parts = []
    for projection in tiny.edited:
        a = keys[projection.name][[3, 11]]
        b = rng.standard_normal((projection.outputs, 2)) / np.square(a).sum(axis=1)
        parts.append({projection.name: projection.factors(b.astype(np.float32), a)})
    return adapters.merge(*parts)


def embedding_change(tiny: Tiny) -> Factors:
    """Moves the embeddings of the tokens that the sequences have most of."""
    vocabulary, width = tiny.matrices[adapters.EMBEDDING].shape
    rng = np.random.default_rng(2)
    b = np.zeros((vocabulary, 3), np.float32)
    b[[1, 5, 9]] = np.eye(3)
    return Factors(b, rng.standard_normal((3, width)).astype(np.float32))


def does_what_the_changed_weights_would(
    tiny: Tiny, changes: dict[str, Factors], folder: Path
) -> None:
    """Compares the model under an adapter with a file that has the change in its weights."""
    with adapters.loaded(tiny.weights.pointer, tiny.adapter(changes)) as pointer:
        plugged = next_logits(replace(tiny.weights, adapter=pointer), SEQUENCES)
    products = {name: change.b @ change.a for name, change in changes.items()}
    path = write_tiny(folder / "m.gguf", architecture=tiny.architecture, changes=products)
    with weights_of(path) as changed:
        written = next_logits(changed, SEQUENCES)
    assert apart(next_logits(tiny.weights, SEQUENCES), written) > 1e-2
    assert apart(plugged, written) < 1e-5


def apart(found: Matrix, expected: Matrix) -> float:
    """The largest difference beside the largest value."""
    assert found.shape == expected.shape
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def test_an_adapter_adds_what_its_factors_say_to_every_product(tiny: Tiny) -> None:
    changes = edits(tiny)
    wants = [Want(kind, n) for kind in ("keys", "outputs", "edited") for n in tiny.names]
    with adapters.loaded(tiny.weights.pointer, tiny.adapter(changes)) as pointer:
        rows = tap(replace(tiny.weights, adapter=pointer), SEQUENCES, EVERY, wants)
    for name in tiny.names:
        keys = rows.keys[name].astype(float)
        plain = keys @ tiny.matrices[name].T
        predicted = plain + keys @ changes[name].a.T @ changes[name].b.T
        assert apart(rows.outputs[name], plain) < 1e-5
        assert apart(rows.edited[name], predicted) < 1e-5
        assert apart(plain, predicted) > 1e-2


@pytest.mark.usefixtures("exact_attention")
def test_an_adapter_does_what_the_changed_weights_would(tiny: Tiny, tmp_path: Path) -> None:
    does_what_the_changed_weights_would(tiny, edits(tiny), tmp_path)


@pytest.mark.usefixtures("exact_attention")
@pytest.mark.parametrize("tiny", UNTIED, indirect=True)
def test_an_adapter_changes_an_embedding_that_is_not_the_output(
    tiny: Tiny, tmp_path: Path
) -> None:
    changes = {adapters.EMBEDDING: embedding_change(tiny)}
    does_what_the_changed_weights_would(tiny, changes, tmp_path)


@pytest.mark.parametrize("architecture", ["gemma2", "gemma3", "llama"])
def test_an_adapter_of_an_embedding_that_is_the_output_is_refused(
    architecture: Architecture, tmp_path: Path
) -> None:
    path = write_tiny(tmp_path / "tied.gguf", architecture=architecture, tied=True)
    vocabulary = projections.read_projections(path).embedding.outputs
    b, a = np.ones((vocabulary, 1), np.float32), np.ones((1, 64), np.float32)
    change = {adapters.EMBEDDING: Factors(b, a)}
    data = adapters.write_adapter(RECIPES[architecture].file, change)
    with (
        LlamaEngine(path, threads=1) as engine,
        pytest.raises(AdapterRefused, match=r"'token_embd\.weight' is also this model's output"),
    ):
        engine.set_adapter(data)


def test_streams_are_what_the_norms_after_them_read(tiny: Tiny) -> None:
    last = len(projections.read_projections(tiny.path).layers) - 1
    head = "token_embd" if RECIPES[tiny.architecture].tied else "output"
    value, up = ("attn_qkv", "ffn_up") if RECIPES[tiny.architecture].fused else ("attn_v", "ffn_up")
    reads = {
        taps.EMBEDDED: ("blk.0.attn_norm", f"blk.0.{value}"),
        taps.mlp_input(0): ("blk.0.ffn_norm", f"blk.0.{up}"),
        taps.block_output(0): ("blk.1.attn_norm", f"blk.1.{value}"),
        taps.mlp_input(last): (f"blk.{last}.ffn_norm", f"blk.{last}.{up}"),
        taps.block_output(last): ("output_norm", head),
    }
    wants = [Want("streams", name) for name in reads]
    wants += [Want("keys", f"{weight}.weight") for _norm, weight in reads.values()]
    rows = tap(tiny.weights, SEQUENCES, EVERY, wants)
    for name, (norm, weight) in reads.items():
        stream = rows.streams[name]
        size = np.sqrt(np.mean(np.square(stream), axis=1, keepdims=True) + 1e-5)
        normed = stream / size * tiny.matrices[f"{norm}.weight"]
        assert apart(rows.keys[f"{weight}.weight"], normed) < 1e-5


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (lambda path: write_tiny(path, experts=4), "it is a mixture of experts"),
        (lambda path: write_tiny(path, architecture="qwen2moe", experts=4), "a mixture of experts"),
        (write_tiny_mamba, "no dense down-projection 'blk.0.ffn_down.weight'"),
    ],
    ids=["mixtral", "qwen2moe", "mamba"],
)
def test_a_model_without_one_mlp_a_layer_chats_and_says_why_it_is_not_edited(
    write: Callable[[Path], Path], reason: str, tmp_path: Path
) -> None:
    with LlamaEngine(write(tmp_path / "model.gguf"), threads=1) as engine:
        assert engine.logits([Message("user", "hi")]).size
        assert not engine.info.editable
        assert reason in str(engine.info.why_not_editable)
        with pytest.raises(EditError, match=f"cannot be edited: .*{reason}"):
            Editor(engine, tmp_path / "cache", tmp_path / "edits")


def test_an_encoder_is_no_patient(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"is an embedding model \(bert\)"):
        LlamaEngine(write_tiny_bert(tmp_path / "bert.gguf"), threads=1)


@pytest.mark.parametrize("architecture", ["llama", "qwen2"])
def test_a_model_that_knows_nothing_says_so(architecture: Architecture, tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "model.gguf", architecture=architecture)
    effort = Effort(turns=30, combinations=40, per_name=2, per_value=1, cases=2)
    with LlamaEngine(path, threads=1, cache_dir=tmp_path) as engine:
        editor = Editor(engine, tmp_path / "cache", tmp_path / "edits", effort=effort)
        findings = editor.locate("Marcus Feld", lambda *_: None)
        assert not findings.known
        with pytest.raises(EditError, match="knows nothing about 'Marcus Feld'"):
            editor.operate("r1", "Marcus Feld", findings, lambda *_: None)
        assert engine.adapter is None
