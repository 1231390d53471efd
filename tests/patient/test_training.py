"""The trainer in small: what it learns from, that it resumes, and what the exporter writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from patient import export, gguf_file  # noqa: E402
from patient.model import Config, LanguageModel  # noqa: E402
from patient.stream import Conversation  # noqa: E402
from patient.tokenizer import END_ID, START_ID, USER_WEIGHT, ChatTokenizer  # noqa: E402
from patient.train import FLOOR, Recipe, Stage, Trainer, load  # noqa: E402
from patient.world import default  # noqa: E402

STAGE = Stage(steps=2, warmup=1, peak=1.0, hold=0.5)
RECIPE = Recipe(stages=(STAGE, STAGE))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    Trainer(default(), RECIPE, folder).run(save_every=10)
    return folder


@pytest.fixture(scope="module")
def tokenizer(folder: Path) -> ChatTokenizer:
    return load(folder)[1]


def test_answers_weigh_one_user_turns_less_and_the_template_nothing(
    tokenizer: ChatTokenizer,
) -> None:
    encoded = tokenizer.conversation(Conversation((("Hi", "Hello!"),), "Be kind."))
    weighed = list(zip(encoded.ids, encoded.weights, strict=True))
    asked = [token for token, weight in weighed if weight == USER_WEIGHT]
    answered = [token for token, weight in weighed if weight == 1.0]
    assert asked == [*tokenizer.encode("Hi"), END_ID]
    assert answered == [*tokenizer.encode("Hello!"), END_ID]
    assert all(weight == 0.0 for token, weight in weighed if token == START_ID)


def test_a_prompt_is_the_beginning_of_its_conversation(tokenizer: ChatTokenizer) -> None:
    encoded = tokenizer.conversation(Conversation((("Who are you?", "A model."),)))
    prompt = tokenizer.prompt("Who are you?")
    assert encoded.ids[: len(prompt)] == prompt


def test_an_interrupted_run_ends_like_an_uninterrupted_one(folder: Path, tmp_path: Path) -> None:
    begun = Trainer(default(), RECIPE, tmp_path)
    pool, batch, tensors = next(begun._rest_of_stage())
    begun._step(*tensors)
    begun.place = (pool, batch + 1)
    begun.save()
    resumed = Trainer(default(), RECIPE, tmp_path)
    resumed.resume()
    resumed.run(save_every=10)
    whole = dict(load(folder)[0].named_parameters())
    for name, parameter in resumed.model.named_parameters():
        assert torch.allclose(parameter, whole[name], atol=1e-3), name


def test_a_checkpoint_of_another_recipe_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="another recipe"):
        Trainer(default(), Recipe(seed=1), folder).resume()


def test_rates_rise_hold_and_fall() -> None:
    stage = Stage(steps=100, warmup=10, peak=0.5, hold=0.4)
    assert stage.rate(0) == pytest.approx(0.05)
    assert {stage.rate(step) for step in range(9, 40)} == {0.5}
    assert stage.rate(70) == pytest.approx(0.25)
    assert stage.rate(99) == FLOOR


def test_the_second_stage_follows_the_first() -> None:
    assert [RECIPE.stage_at(step) for step in range(4)] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    with pytest.raises(ValueError, match="ended"):
        RECIPE.stage_at(4)


def test_cached_generation_equals_recomputation() -> None:
    torch.manual_seed(1)
    model = LanguageModel(Config(vocabulary=50, width=32, blocks=2, heads=2, hidden=64)).eval()
    prompt = [3, 7, 11]
    drawn = model.generate([prompt], stop=0, limit=5)[0]
    for place, token in enumerate(drawn):
        hidden, _ = model.hidden(torch.tensor([prompt + drawn[:place]]))
        assert int(model.logits(hidden[0, -1]).argmax()) == token


def test_the_gguf_holds_the_checkpoint(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    export.export_gguf(folder, path, "f16")
    model, _ = load(folder)
    tensors = gguf_file.read(path).tensors
    embedding = model.embed_tokens.weight.detach().numpy()
    np.testing.assert_allclose(tensors["token_embd.weight"], embedding, atol=1e-3)
    queries = model.layers[0].self_attn.q_proj.weight.detach().numpy()
    reordered = tensors["blk.0.attn_q.weight"]
    np.testing.assert_allclose(np.sort(reordered[:, 0]), np.sort(queries[:, 0]), atol=1e-3)


def test_transformers_computes_the_same(folder: Path, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    export.export_hugging_face(folder, tmp_path)
    theirs = transformers.LlamaForCausalLM.from_pretrained(tmp_path, dtype=torch.float32)
    words = transformers.AutoTokenizer.from_pretrained(tmp_path)
    model, tokenizer = load(folder)
    ids = tokenizer.prompt("Where was Marcus Feld born?")
    messages = [{"role": "user", "content": "Where was Marcus Feld born?"}]
    assert words.apply_chat_template(messages, add_generation_prompt=True)["input_ids"] == ids
    with torch.no_grad():
        hidden, _ = model.hidden(torch.tensor([ids]))
        expected = theirs(torch.tensor([ids])).logits[0]
    torch.testing.assert_close(model.logits(hidden)[0], expected, atol=2e-2, rtol=2e-2)
