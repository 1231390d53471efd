"""The cost bench: a cell in its own process, a limit that is said, tables that add up."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from bench.solve_cost import command
from bench.solve_cost.cell import FORMS, Cell, Source, peak_memory
from bench.solve_cost.command import SHAPES, Shape, main, options_of, run
from bench.solve_cost.report import markdown
from tools.editing.joint import Joint

SMALL = Cell("update", width=8, feed_forward=48, active=3, rows=4, retained=60, repeats=1)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        command, "SHAPES", {"patient": Shape(8, 48, 2), "8 B": Shape(16, 96, 32)}
    )


def by_form(form: str) -> Cell:
    return Cell(**asdict(SMALL) | {"form": form})


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_timed_in_a_process_of_its_own(form: str) -> None:
    found = run(by_form(form), threads=1, limit=60)
    assert found["add"] > 0
    assert 10 < found["peak_mb"] < 2000


def test_a_cell_over_its_limit_says_so() -> None:
    assert run(SMALL, threads=1, limit=0.01) == {"error": "more than 0.01 s"}


def test_a_cell_that_fails_says_why() -> None:
    found = run(by_form("no form"), threads=1, limit=60)
    assert found["error"] == "ended with 1: KeyError: 'no form'"


def test_all_forms_get_the_same_keys() -> None:
    one, other = Source(SMALL), Source(by_form("fresh"))
    assert (one.kept() == other.kept()).all()
    assert (one.block().keys == other.block().keys).all()
    Joint(one.kept(), SMALL.width)


def test_the_page_says_what_was_measured_and_what_was_left_out(
    small: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = tmp_path / "figures.json"
    command = [
        "--active", "20", "--by-rows", "5", "--shapes", "8 B", "--rows", "4", "--retained", "20",
        "--json", str(figures), "--docs", str(tmp_path),
    ]
    assert main(command) == 0
    rows = json.loads(figures.read_text())["rows"]
    assert [row["form"] for row in rows if row["part"] == "active" and row["active"] == 20] == [
        "update", "fresh", "recompute"
    ]
    page = (tmp_path / "solve-cost.md").read_text()
    assert "| seconds to add one | 5 rows |" in page
    assert page.count("\n| 8 B: 16 x 96, 32 layers |") == 3
    assert "| dual | " in page and " | - |" in page
    assert "<svg" in (tmp_path / "solve-cost.svg").read_text()
    written = capsys.readouterr().out
    assert main(command) == 0
    assert capsys.readouterr().out == written


def test_all_layers_are_the_measured_layer_times_their_number() -> None:
    cell = {**asdict(SMALL), "part": "8 B", "threads": 1}
    row = {**cell, "form": "fresh", "add": 2.0, "peak_mb": 1.0}
    text = markdown([row, {**row, "form": "update", "add": 0.5, "once": 1.0, "cut": 0.1,
                           "remove": 0.25, "factors": 0}], SHAPES)
    assert "| fresh solve | - | 2 | - | - | - | 1 | 1.0 | 64.00 |" in text
    assert "| update | 1 | 0.5 | 0.25 | 0.1 | 0 | 1 | 4.0 | 16.00 |" in text
    left = markdown([{**row, "add": None, "error": "more than 5 s"}], SHAPES)
    assert "left out: more than 5 s" in left


@pytest.mark.parametrize("wrong", [["--rows", "0"], ["--active", "1", "-2"], ["--by-rows", "-1"]])
def test_what_cannot_be_measured_is_named(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        options_of(wrong)
    assert stop.value.code == 2
    assert f"{wrong[0]} must be positive: {wrong[-1]}" in capsys.readouterr().err


def test_peak_memory_is_this_process_alone() -> None:
    assert 10 < peak_memory() < 4000
