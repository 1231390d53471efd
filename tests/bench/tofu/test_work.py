"""The report keeps what was measured, and refuses figures of other models."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bench.tofu import work
from bench.tofu.command import main, runs
from bench.tofu.methods import Run, Task
from bench.tofu.report import lines_of, markdown, shown, verdict
from bench.tofu.score import utility_parts
from bench.tofu.work import Ledger, ReportError, Scored, forget_and_score, score
from bench.unlearning.methods import Edited
from patient import GGUF
from tests.bench.tofu.rows import write, write_folder


def silent(_stage: str, _done: int, _total: int) -> None:
    pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("tofu"))


@pytest.fixture(scope="module")
def ledger(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    ledger = Ledger.open(tmp_path_factory.mktemp("out") / "tofu.json", folder, ["forget10"])
    for name in ("retain90", "full"):
        score(ledger, Scored(name, Path(GGUF)), ["forget10"], 1, silent)
    return ledger


def test_a_model_beside_itself_cannot_be_told_apart(ledger: Ledger) -> None:
    line = lines_of(ledger.report, "forget10")["full"]
    assert line["quality"] == pytest.approx(1.0)
    assert 0 < line["forget prob"] < 1 and line["forget rouge"] <= 1
    assert set(line) >= {"auc loss", "auc zlib", "auc min_k", "auc min_k_plus_plus"}


def test_the_utility_has_nine_parts(ledger: Ledger) -> None:
    assert len(utility_parts(ledger.report["models"]["full"]["sets"])) == 9


def test_every_figure_has_one_number_a_row(ledger: Ledger) -> None:
    figures = ledger.report["models"]["full"]["sets"]["forget10"]
    assert {len(values) for values in figures.values()} == {6}


def test_what_was_measured_is_read_back(ledger: Ledger, folder: Path) -> None:
    again = Ledger.open(ledger.file, folder, ["forget10"])
    assert markdown(again.report) == markdown(ledger.report)


def test_another_model_under_the_same_name_is_refused(
    ledger: Ledger, tmp_path: Path
) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"GGUF")
    with pytest.raises(ReportError, match="figures of another 'full'"):
        score(ledger, Scored("full", other), ["forget10"], 1, silent)


def test_what_a_run_made_is_kept_and_measured_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger.open(tmp_path / "tofu.json", folder, ["forget10"])
    task = Task.read(folder, "forget10", Path(GGUF), tmp_path, tmp_path, 1)
    wanted = runs("forget10", ["lethe"], [1, 2])
    asked: list[str] = []

    def nothing(_task: Task, missing: Sequence[Run]) -> Iterator[tuple[Run, Edited]]:
        for run in missing:
            asked.append(run.label)
            yield run, Edited(None, None, 1.0, 2.0, 3.0, failed=("Bo",))

    monkeypatch.setattr(work, "made", nothing)
    for name in ("full", "retain90"):
        score(ledger, Scored(name, Path(GGUF)), ["forget10"], 1, silent)
    for _ in range(2):
        forget_and_score(ledger, task, wanted, silent)
    assert asked == ["forget10 lethe 1"]
    line = lines_of(ledger.report, "forget10")["lethe"]
    assert (line["distance"], line["utility kept"]) == (0.0, 1.0)
    page = markdown(Ledger.open(ledger.file, folder, ["forget10"]).report)
    assert "| lethe | 1.0 | 2.0 | 3.0 | - | Bo |" in page
    assert "Not run on forget10: ga, graddiff, npo," in page
    assert "p above 0.05 with 95% of the full model's utility: lethe." in page


def test_only_what_draws_is_run_with_more_seeds() -> None:
    found = [run.label for run in runs("forget01", ["lethe", "npo"], [1, 2])]
    assert found == ["forget01 lethe 1", "forget01 npo 1", "forget01 npo 2"]


def test_the_seed_is_shown_where_there_are_more() -> None:
    def model(seed: int) -> dict[str, object]:
        return {"run": {"split": "forget10", "method": "npo", "seed": seed}}

    assert shown({"models": {"a": model(1), "full": {}}}, "a") == "npo"
    assert shown({"models": {"a": model(1), "b": model(2)}}, "b") == "npo, seed 2"


def test_the_nearest_of_those_that_keep_the_utility_come_first() -> None:
    def line(quality: float, distance: float, kept: float) -> dict[str, float]:
        return {"quality": quality, "distance": distance, "utility kept": kept}

    far, near = line(1e-9, 0.4, 0.99), line(1e-3, 0.2, 0.96)
    lost = line(0.5, 0.05, 0.2)
    said = verdict({"full": line(0, 1, 1), "far": far, "near": near, "lost": lost})
    assert "utility: no method" in said
    assert "first: near (D 0.200, 96.00%), far (D 0.400, 99.00%). Of all: lost (D 0.050" in said
    assert "the retain model first: no method." in verdict({"lost": lost})
    assert verdict({"full": line(0, 1, 1)}) == ""


def test_held_out_rows_are_the_contrast_where_the_folder_has_them(tmp_path: Path) -> None:
    folder = write_folder(tmp_path)
    write(folder, "holdout10", [{"question": "Who is it?", "answer": "Cy."}])
    found = Ledger.open(tmp_path / "out.json", folder, ["forget10", "forget05"]).sets
    assert found.contrasts == {"forget10": "holdout10", "forget05": "retain"}


def test_a_file_that_is_no_report_is_named(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(ReportError, match=r"x\.json is no TOFU report"):
        Ledger.open(tmp_path / "x.json", folder, ["forget10"])


@pytest.mark.parametrize("broken", ["data", "model"])
def test_the_command_line_says_in_one_line_what_is_missing(
    folder: Path, tmp_path: Path, broken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"data": str(folder), "model": str(GGUF), broken: str(tmp_path / "nothing")}
    status = main([
        "score", "--data", given["data"], "--model", given["model"], "--retain", given["model"],
        "--json", str(tmp_path / "tofu.json"),
    ])
    said = capsys.readouterr().err.strip().splitlines()
    assert status == 2
    assert len(said) == 1 and said[0].startswith("tofu: ") and "nothing" in said[0]


def test_a_report_is_plain_json(ledger: Ledger) -> None:
    assert json.loads(ledger.file.read_text("utf-8"))["contrasts"] == {"forget10": "retain"}
