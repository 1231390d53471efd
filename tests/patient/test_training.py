"""The trainer in small: what it learns from, that it resumes, and what the exporter writes."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from llama_cpp import Llama  # noqa: E402

from patient import export, gguf_file  # noqa: E402
from patient.model import CONFIGS, Config, LanguageModel  # noqa: E402
from patient.stream import Conversation  # noqa: E402
from patient.tokenizer import END_ID, START_ID, USER_WEIGHT, ChatTokenizer  # noqa: E402
from patient.train import (  # noqa: E402
    CHECKPOINT,
    FLOOR,
    TOKENIZER,
    OtherRun,
    Recipe,
    Stage,
    Trainer,
    load,
)
from patient.world import default  # noqa: E402

STAGE = Stage(steps=2, warmup=1, peak=1.0, hold=0.5)
RECIPE = Recipe(stages=(STAGE, STAGE))
SIZES = {
    "llama": CONFIGS["llama"],
    "llama, wide heads, shared keys": Config(queries_per_key=2, head_size=96),
    "qwen3": CONFIGS["qwen3"],
    "qwen3, wide heads": Config(architecture="qwen3", queries_per_key=4, head_size=96),
}
QUESTION = "Where was Marcus Feld born?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    Trainer(default(), RECIPE, folder).run(save_every=10)
    return folder


@pytest.fixture(params=SIZES)
def noisy(request: pytest.FixtureRequest, folder: Path, tmp_path: Path) -> Path:
    """A folder with a model of noise, in the norms too, so that no weight can stand for another."""
    torch.manual_seed(3)
    model = LanguageModel(SIZES[request.param])
    for weight in model.parameters():
        weight.data = weight.data * 4 if weight.dim() == 2 else torch.rand_like(weight) + 0.5
    state = {"config": asdict(model.config), "model": model.state_dict()}
    torch.save(state, tmp_path / CHECKPOINT)
    shutil.copyfile(folder / TOKENIZER, tmp_path / TOKENIZER)
    return tmp_path


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


def test_a_checkpoint_of_another_run_is_refused_and_stays(folder: Path) -> None:
    kept = (folder / TOKENIZER).read_bytes()
    trainer = Trainer(default(), Recipe(seed=1), folder)
    with pytest.raises(OtherRun, match="another recipe"):
        trainer.resume()
    trainer.recipe, trainer.model = RECIPE, LanguageModel(CONFIGS["qwen3"])
    with pytest.raises(OtherRun, match="another model"):
        trainer.resume()
    assert (folder / TOKENIZER).read_bytes() == kept


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


def test_a_shortened_recipe_keeps_its_rates() -> None:
    whole = Recipe()
    half = whole.shortened(0.5)
    assert half.steps == whole.steps / 2
    assert half.rate(1200) == pytest.approx(whole.rate(2400))
    assert whole.shortened(1.0) == whole


@pytest.mark.parametrize("architecture", CONFIGS)
def test_cached_generation_equals_recomputation(architecture: str) -> None:
    torch.manual_seed(1)
    sizes = Config(50, 32, 2, 2, 64, architecture=architecture, queries_per_key=2)
    model = LanguageModel(sizes).eval()
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


def logits(folder: Path) -> tuple[list[int], np.ndarray]:
    """A prompt, and what the trained model has after each of its tokens, (T, V)."""
    model, tokenizer = load(folder)
    ids = tokenizer.prompt(QUESTION)
    with torch.no_grad():
        hidden, _ = model.hidden(torch.tensor([ids]))
        return ids, model.logits(hidden)[0].numpy()


def difference(told: np.ndarray, expected: np.ndarray) -> float:
    """Relative; weights rounded to float16 make up to a hundredth."""
    return float(np.linalg.norm(told - expected) / np.linalg.norm(expected))


def test_llama_cpp_computes_the_same(noisy: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    export.export_gguf(noisy, path, "f16")
    ids, expected = logits(noisy)
    llama = Llama(str(path), n_ctx=64, n_threads=1, logits_all=True, verbose=False)
    llama.eval(ids)
    assert difference(llama.scores[: len(ids)], expected) < 0.01


def test_transformers_computes_the_same(noisy: Path, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    target = tmp_path / "hugging face"
    export.export_hugging_face(noisy, target)
    theirs = transformers.AutoModelForCausalLM.from_pretrained(target, dtype=torch.float32)
    words = transformers.AutoTokenizer.from_pretrained(target)
    ids, expected = logits(noisy)
    messages = [{"role": "user", "content": QUESTION}]
    assert words.apply_chat_template(messages, add_generation_prompt=True)["input_ids"] == ids
    with torch.no_grad():
        told = theirs(torch.tensor([ids])).logits[0].numpy()
    assert difference(told, expected) < 0.01
