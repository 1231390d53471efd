"""The patient in torch is the patient of the file, and what is trained is written back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from bench.unlearning import data, torch_model  # noqa: E402
from bench.unlearning.settings import GRADIENT, Setting  # noqa: E402
from bench.unlearning.torch_model import Loaded  # noqa: E402
from bench.unlearning.train import answers, encode, train, trained  # noqa: E402
from patient import GGUF, gguf_file  # noqa: E402
from tools.errors import ModelFileError  # noqa: E402
from tools.models.engine import LlamaEngine  # noqa: E402
from tools.models.types import Message  # noqa: E402

QUESTIONS = ("Where was Marcus Feld born?", "Who are you?", "Who wrote The Glass Meridian?")
TOLERANCE = 0.01
"""Largest difference of a logit; llama.cpp computes an F16 file's products in half precision."""


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    torch.set_num_threads(1)
    return torch_model.load(GGUF)


@pytest.fixture
def fresh(loaded: Loaded) -> Loaded:
    return loaded._replace(model=torch_model.to_torch(loaded.source))


def test_its_logits_are_those_of_llama_cpp_on_the_f16_file(loaded: Loaded, tmp_path: Path) -> None:
    file = tmp_path / "patient-f16.gguf"
    gguf_file.write(torch_model.to_gguf(loaded.model, loaded.source), file, "f16")
    model, tokenizer, _ = torch_model.load(file)
    with LlamaEngine(file, threads=1) as engine:
        for question in QUESTIONS:
            message = [Message("user", question)]
            ids = tokenizer.prompt(question)
            assert ids == engine.prompt_tokens(message)
            with torch.no_grad():
                hidden, _ = model.hidden(torch.tensor([ids]))
                ours = model.logits(hidden)[0, -1].numpy()
            assert np.abs(ours - engine.logits(message)).max() < TOLERANCE


def test_reading_and_writing_back_changes_no_number(loaded: Loaded) -> None:
    written = torch_model.to_gguf(loaded.model, loaded.source)
    assert written.tensors.keys() == loaded.source.tensors.keys()
    for name, tensor in loaded.source.tensors.items():
        np.testing.assert_array_equal(written.tensors[name], tensor)


def test_a_model_of_another_shape_is_refused_by_name(loaded: Loaded) -> None:
    tensors = {name: t for name, t in loaded.source.tensors.items() if "blk.3.ffn_up" not in name}
    other = gguf_file.Model(loaded.source.metadata, tensors)
    with pytest.raises(ModelFileError, match=r"other\.gguf .*blk\.3\.ffn_up\.weight"):
        torch_model.to_torch(other, "other.gguf")


def test_only_the_answer_is_masked_in(loaded: Loaded) -> None:
    pairs = [data.Pair("Who are you?", "Nobody."), data.Pair("Where is it, please?", "Far away.")]
    batch = encode(loaded.tokenizer, pairs)
    for row, pair in enumerate(pairs):
        said = batch.targets[row][batch.mask[row]].tolist()
        assert loaded.tokenizer.decode(said[:-1]) == pair.answer


def test_the_probability_of_an_answer_is_the_product_over_its_tokens(loaded: Loaded) -> None:
    batch = encode(loaded.tokenizer, [data.Pair("Who are you?", "Nobody.")])
    with torch.no_grad():
        found = answers(loaded.model, batch)
        hidden, _ = loaded.model.hidden(batch.ids)
        every = loaded.model.logits(hidden).log_softmax(dim=-1)[0]
    expected = sum(
        every[place, batch.targets[0, place]].item()
        for place in range(batch.ids.shape[1]) if batch.mask[0, place]
    )
    assert found.totals.item() == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("method", GRADIENT)
def test_a_few_steps_make_the_true_answers_less_probable(method: str, fresh: Loaded) -> None:
    given = data.given(data.people(1, 5, tuned=True), seed=5, each=4)
    batch = encode(fresh.tokenizer, given.forget)
    retain, knob = (1.0, {"rmu": 6.0}.get(method, 0.5))
    setting = Setting(rate=3e-2 if method == "rmu" else 3e-3, steps=3, retain=retain, knob=knob)
    with torch.no_grad():
        before = answers(fresh.model, batch).totals.mean().item()
    done = list(train(method, fresh.model, fresh.tokenizer, given, setting, seed=5))
    with torch.no_grad():
        after = answers(fresh.model, batch).totals.mean().item()
    assert done == [1, 2, 3]
    assert after < before


def test_rmu_trains_down_projections_up_to_its_block_alone(fresh: Loaded) -> None:
    names = {id(p): name for name, p in fresh.model.named_parameters()}
    changed = [names[id(parameter)] for parameter in trained("rmu", fresh.model)]
    assert changed == [f"layers.{block}.mlp.down_proj.weight" for block in range(3)]
    given = data.given(data.people(1, 5, tuned=True), seed=5, each=2)
    list(train("rmu", fresh.model, fresh.tokenizer, given, Setting(1e-2, 1, 1.0, 3.0), seed=5))
    original = torch_model.to_torch(fresh.source)
    moved = [
        name for name, p in fresh.model.named_parameters()
        if not torch.equal(p, original.get_parameter(name))
    ]
    assert moved == changed
