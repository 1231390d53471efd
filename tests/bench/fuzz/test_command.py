"""The large run: it counts what comes out, goes on after a find, and says so by its exit status."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import strategies as st

from bench.fuzz import command
from bench.fuzz.command import main, options_of, shares
from bench.fuzz.running import run
from bench.fuzz.target import Lost, Target
from bench.fuzz.targets import targets


def misled(number: int) -> None:
    """Of a hundred: a traceback at 1, a lost request at 2, a hang at 3."""
    if number == 1:
        raise KeyError(number)
    if number == 2:
        raise Lost("gone")
    while number == 3:
        time.sleep(0.01)


def test_every_kind_of_find_is_counted_and_shown() -> None:
    row = run(Target("misled", st.integers(0, 99), misled, 1), 100, first_seed=1, limit=0.2)
    assert (row.inputs, row.tracebacks, row.lost, row.hangs) == (100, 1, 1, 1)
    assert {find.splitlines()[0] for find in row.finds} == {"1", "2", "3"}


def test_no_target_gets_less_than_its_share() -> None:
    chosen = list(targets().values())
    parts = shares(chosen, 1000)
    assert sum(parts) >= 1000
    assert all(part * sum(t.share for t in chosen) >= 1000 * target.share
               for target, part in zip(chosen, parts, strict=True))  # fmt: skip


def test_the_page_and_the_figures_are_written(tmp_path: Path) -> None:
    file = tmp_path / "fuzz.json"
    given = ["--inputs", "30", "--only", "preferences", "settings", "--json", str(file)]
    assert main([*given, "--docs", str(tmp_path)]) == 0
    rows = json.loads(file.read_text())["rows"]
    assert [row["target"] for row in rows] == ["preferences", "settings"]
    assert sum(row["inputs"] for row in rows) >= 30
    assert "| all | 3" in (tmp_path / "fuzz.md").read_text()


def test_a_find_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {"settings": Target("settings", st.just(1), misled, 1)}
    monkeypatch.setattr(command, "targets", lambda: wrong)
    assert main(["--inputs", "1", "--only", "settings"]) == 1
    assert "FOUND in settings: 1" in capsys.readouterr().err


@pytest.mark.parametrize("given", [["--inputs", "0"], ["--limit", "-1"], ["--only", "nothing"]])
def test_what_makes_no_sense_is_refused(given: list[str]) -> None:
    with pytest.raises(SystemExit):
        options_of(given)
