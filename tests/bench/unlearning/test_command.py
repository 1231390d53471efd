"""The command: a cell in its own process, taken up again, and refusals in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from bench.unlearning import command
from bench.unlearning.cell import Cell, run
from bench.unlearning.settings import Setting, as_row
from patient import GGUF

SHARE = 0.02


def test_the_command_runs_what_is_missing_and_reports_what_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "--out", str(tmp_path), "--methods", "none", "--people", "1", "--seeds", "1",
        "--share", str(SHARE), "--threads", "1",
    ]
    assert command.main(arguments) == 0
    result = tmp_path / "none-1-people-seed-1.json"
    written = result.stat().st_mtime_ns
    assert "| none | 1.000" in capsys.readouterr().out
    assert command.main([*arguments, "--docs", str(tmp_path)]) == 0
    assert result.stat().st_mtime_ns == written
    assert (tmp_path / "unlearning.md").exists() and (tmp_path / "unlearning.svg").exists()
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures[0]["recall"]["retain"][0] == 1.0


def test_a_trained_cell_is_scored_by_the_same_scorer(tmp_path: Path) -> None:
    setting = as_row(Setting(rate=3e-3, steps=4, retain=0.0))
    cell = Cell(
        "ga", 1, 1, str(GGUF), str(tmp_path), threads=1, pairs=8, setting=setting, share=SHARE
    )
    found = run(cell)
    assert found["spec"]["setting"] == setting
    assert 0 < found["seconds"] < found["seconds_all"]
    assert found["peak_mb"] > 50
    hits = found["sets"]["forget"]["hits"]
    assert sum(hits) < len(hits)
    assert found["relearnt"].keys() == {"0", "1", "2", "5", "10"}


def test_a_result_of_another_setting_is_not_taken_for_this_cells(tmp_path: Path) -> None:
    cell = Cell("ga", 1, 1, str(GGUF), "cache", setting=as_row(Setting(1e-3, 10, 0.0)))
    file = tmp_path / f"{cell.label}.json"
    file.write_text(json.dumps({"spec": cell.spec()}))
    other = Cell("ga", 1, 1, str(GGUF), "cache", setting=as_row(Setting(1e-4, 10, 0.0)))
    assert command.result(cell, tmp_path) is not None
    assert command.result(other, tmp_path) is None


def test_the_untouched_model_is_always_asked_since_it_says_what_chance_is() -> None:
    options = command.options_of(["--out", "x", "--methods", "lethe", "--people", "1"])
    assert [cell.method for cell in command.cells(options)] == ["none"] * 3 + ["lethe"] * 3


def test_too_many_people_are_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--out", "x", "--people", "99"]) == 2
    assert capsys.readouterr().err.strip() == (
        "bench.unlearning: 99 people: between 1 and 50 can be forgotten"
    )
