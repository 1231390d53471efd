"""The published closed-form edits in the comparison: settings from the search, and a whole run."""

import json
from pathlib import Path

import pytest

from bench.unlearning import closed
from bench.unlearning.methods import Job
from patient import GGUF
from tools.editing.methods.table import METHODS

BEFORE = dict.fromkeys(("forget", *closed.KEPT_SETS), 1.0)


def test_every_method_of_the_table_is_searched_and_its_published_setting_tried() -> None:
    assert closed.GRIDS.keys() == METHODS.keys()
    for name in METHODS:
        tried = [closed.with_settings(name, chosen) for chosen in closed.grid(name)]
        assert len(set(map(repr, tried))) == len(tried)
        assert METHODS[name] in tried


def test_forgetting_and_keeping_count_alike() -> None:
    assert closed.score(BEFORE | {"forget": 0.0}, BEFORE) == 1.0
    assert closed.score(BEFORE, BEFORE) < 0.1
    lost = closed.score(BEFORE | {"forget": 0.0, "talk": 0.0}, BEFORE)
    assert 0 < lost < 0.1


def test_the_best_setting_of_the_nearest_size_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    rows = [
        {"settings": {"columns": 1}, "score": 0.2}, {"settings": {"columns": 9}, "score": 0.4},
    ]
    file.write_text(json.dumps({"needle": {"10": rows, "50": rows[:1]}}))
    assert closed.found("needle", 1, file) == closed.with_settings("needle", {"columns": 9})
    assert closed.found("needle", 40, file) == closed.with_settings("needle", {"columns": 1})
    with pytest.raises(ValueError, match="memit has no settings"):
        closed.found("memit", 1, file)


def test_every_method_has_settings_found_on_the_tuned_half() -> None:
    for name in METHODS:
        assert type(closed.found(name, 10)) is type(METHODS[name])


def test_a_run_gives_an_adapter_and_what_it_cost(studied: Path, tmp_path: Path) -> None:
    job = Job(GGUF, studied, tmp_path, seed=1, threads=2)
    edited = closed.Closed(job, "rocr").run(["Marcus Feld", "Tom Bombadil"])
    assert edited.adapter
    assert edited.failed == ("Tom Bombadil",)
    assert 0 < edited.seconds < edited.seconds_all
    assert edited.used
