"""Settings are tried on authors whom no page reports, and counted by what is forgotten and kept."""

from pathlib import Path

import pytest

pytest.importorskip("torch")

from bench.tofu import practice, tune
from bench.tofu.practice import LEAST, Practice, score
from bench.tofu.train import Size, recipe, train
from bench.unlearning import settings
from bench.unlearning.settings import GRADIENT
from tests.bench.tofu.rows import NAMES, rows, write, write_folder

SMALL = Size(width=64, blocks=3, heads=2, hidden=96)
BEFORE = {"forget rouge": 1.0, "forget prob": 1.0, "others rouge": 0.8, "others prob": 1.0}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Practice:
    folder, out = (tmp_path_factory.mktemp(name) for name in ("tofu", "models"))
    write_folder(folder)
    write(folder, "retain90", [*rows(NAMES[0]), *rows(NAMES[1])])
    full = train(folder, "full", out, recipe(4), threads=1, save_every=10, size=SMALL)
    return Practice(folder, full, out, out, 1)


@pytest.fixture(autouse=True)
def _one_author(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(practice, "AUTHORS", 1)
    monkeypatch.setattr(practice, "REPORTED", 0)


def test_the_last_authors_of_a_retain_split_are_forgotten_and_others_asked(place: Practice) -> None:
    assert place.task.names == [NAMES[1]]
    assert all(NAMES[1] not in pair.question for pair in place.task.given.retain)
    asked = {row.question for row in place.sets["forget"]}
    assert asked.isdisjoint(row.question for row in place.sets["others"])


def test_authors_whom_the_utility_asks_about_are_not_looked_at(
    place: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(practice, "REPORTED", 1)
    fresh = Practice(place.folder, place.full, place.cache, place.work, 1)
    assert fresh.sets["others"] == []


def test_forgetting_and_keeping_count_alike() -> None:
    done = {"forget rouge": 0.0, "forget prob": 0.0}
    assert score(BEFORE | done, BEFORE) == pytest.approx(1.0)
    assert score(BEFORE, BEFORE) == pytest.approx(4 / (2 + 2 / LEAST))
    assert score(BEFORE | done | {"others rouge": 0.4}, BEFORE) == pytest.approx(4 / 5)


def test_a_search_keeps_every_try_and_does_not_try_again(
    place: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tune, "SETTINGS", tmp_path / "settings.json")
    monkeypatch.setattr(tune, "STEPS", (1, 2))
    monkeypatch.setattr(tune, "RUINED", -1.0)
    tune.tune(place, ["ga"])
    (kept,) = settings.read(tmp_path / "settings.json")["ga"].values()
    assert [(row["rate"], row["steps"]) for row in kept] == [
        (rate, steps) for rate in tune.RATES["ga"] for steps in (1, 2)
    ]
    assert all(0 <= row["score"] <= 1 and row["retain"] == 0 for row in kept)
    monkeypatch.setattr(tune, "trained", None)
    tune.tune(place, ["ga"])


def test_every_method_that_trains_is_searched_around_what_was_found_before() -> None:
    for method in GRADIENT:
        grid = tune.grid(method)
        assert {one.knob for one in grid} == {settings.KNOBS.get(method, 0.0)}
        assert len({one.rate for one in grid}) == len(grid) >= 1
