"""A TOFU patient in small: it resumes, and llama.cpp loads and scores what was written."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from bench.tofu.command import main  # noqa: E402
from bench.tofu.train import Size, TofuTrainer, recipe, train  # noqa: E402
from patient.train import load  # noqa: E402
from tests.bench.tofu.rows import write_folder  # noqa: E402
from tools.errors import ToolError  # noqa: E402

SMALL = Size(width=64, blocks=2, heads=2, hidden=96)
PLAN = recipe(4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("tofu"))


@pytest.fixture(scope="module")
def out(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("models")
    for split in ("full", "retain90"):
        train(folder, split, out, PLAN, threads=1, save_every=10, size=SMALL)
    return out


def test_splits_share_their_tokenizer(out: Path) -> None:
    texts = [(out / split / "tokenizer.json").read_text() for split in ("full", "retain90")]
    assert texts[0] == texts[1]


def test_an_interrupted_run_ends_like_an_uninterrupted_one(
    folder: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PowerCut(Exception):
        """Ends the run after its second step."""

    step = TofuTrainer._step

    def failing(self: TofuTrainer, *batch: object) -> float:
        if self.step == 2:
            raise PowerCut
        return float(step(self, *batch))

    monkeypatch.setattr(TofuTrainer, "_step", failing)
    with pytest.raises(PowerCut):
        train(folder, "full", tmp_path, PLAN, threads=1, save_every=1, size=SMALL)
    monkeypatch.undo()
    train(folder, "full", tmp_path, PLAN, threads=1, save_every=10, size=SMALL)
    whole = dict(load(out / "full")[0].named_parameters())
    for name, parameter in load(tmp_path / "full")[0].named_parameters():
        assert torch.allclose(parameter, whole[name], atol=1e-3), name


def test_a_checkpoint_of_another_recipe_is_refused(folder: Path, out: Path) -> None:
    with pytest.raises(ToolError, match="another recipe"):
        train(folder, "full", out, recipe(5), threads=1, save_every=10, size=SMALL)


def test_models_are_scored_and_the_page_is_written_once_for_all(
    folder: Path, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [
        "score", "--data", str(folder), "--model", str(out / "full.gguf"), "--threads", "1",
        "--retain", str(out / "retain90.gguf"), "--json", str(tmp_path / "tofu.json"),
        "--docs", str(tmp_path / "docs"),
    ]
    assert main(command) == 0
    page = (tmp_path / "docs" / "tofu.md").read_text("utf-8")
    assert "## forget10" in page and "| full |" in page and "| retain90 | - |" in page
    assert (tmp_path / "docs" / "tofu.svg").exists()
    first = capsys.readouterr().out
    begun = (tmp_path / "tofu.json").stat().st_mtime_ns
    assert main(command) == 0
    assert capsys.readouterr().out == first
    assert (tmp_path / "tofu.json").stat().st_mtime_ns == begun
