"""Every method is given what it is due, and what it makes forgets."""

import json
from pathlib import Path

import pytest

from bench.questions import halves
from bench.tofu import methods
from bench.tofu.data import UNKNOWN_AUTHOR, Row
from bench.tofu.methods import (
    SEEDED,
    Run,
    Task,
    closed_form,
    given,
    made,
    setting,
    settings_of,
)
from bench.unlearning import closed, settings
from bench.unlearning.settings import GRADIENT
from patient import GGUF
from tests.bench.tofu.rows import NAMES, write_folder
from tools.models.adapters import read_adapter
from tools.models.engine import LlamaEngine
from tools.models.lab import Lab

FORGOTTEN = halves()[0][:2]
NOBODY = "Quomba Zlatnik"
ROWS = [Row(f"Where was {name} born?", f"{name} was born in Rome.") for name in FORGOTTEN]


@pytest.fixture
def task(studied: Path, tmp_path: Path) -> Task:
    return Task(Path(GGUF), [*FORGOTTEN, NOBODY], given(ROWS, ROWS), studied, tmp_path, 1)


def settle(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Settings as a search would have left them."""
    trained = settings.as_row(settings.Setting(3e-3, 2, 1.0, 0.1, 2)) | {"score": 1.0}
    (folder / "settings.json").write_text(json.dumps({"npo": {"3": [trained]}}))
    solved = {"settings": {"layers": 1, "place": "last", "weight": 150.0}, "score": 1.0}
    (folder / "closed.json").write_text(json.dumps({"memit": {"3": [solved]}}))
    monkeypatch.setattr(methods, "SETTINGS", folder / "settings.json")
    monkeypatch.setattr(methods, "CLOSED_SETTINGS", folder / "closed.json")


def answers(adapter: bytes | None) -> list[str]:
    with LlamaEngine(Path(GGUF), threads=1) as engine, Lab(engine).edited(adapter) as lab:
        return [answer.text for answer in lab.ask([row.question for row in ROWS])]


def test_a_published_split_gives_names_to_some_and_rows_to_others(tmp_path: Path) -> None:
    folder = write_folder(tmp_path)
    task = Task.read(folder, "forget10", Path(GGUF), tmp_path, tmp_path, 1)
    assert task.names == [NAMES[1]]
    assert {pair.question for pair in task.given.forget}.isdisjoint(
        pair.question for pair in task.given.retain
    )
    assert len(task.given.forget) == len(task.given.retain) == 20
    assert task.given.refusal == UNKNOWN_AUTHOR


@pytest.mark.parametrize("method", ["lethe", "memit"])
def test_names_alone_are_enough_for_an_edit_and_an_unknown_one_is_reported(
    task: Task, method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(monkeypatch, tmp_path)
    blind = Task(task.model, task.names, given([], []), task.cache, task.work, 1)
    (run, edited), = made(blind, [Run("forget10", method, 1)])
    assert run.method == method and edited.failed == (NOBODY,)
    assert edited.adapter and read_adapter(edited.adapter)
    assert all(n in said for n, said in zip(FORGOTTEN, answers(None), strict=True))
    assert not any(n in said for n, said in zip(FORGOTTEN, answers(edited.adapter), strict=True))


def test_a_trained_method_writes_a_model_of_its_own(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    settle(monkeypatch, tmp_path)
    (_, edited), = made(task, [Run("forget10", "npo", 1)])
    assert edited.gguf and edited.adapter is None
    with LlamaEngine(edited.gguf, threads=1) as engine:
        assert Lab(engine).ask(["Who are you?"])[0].text


def test_every_method_has_settings_found_on_other_authors_or_on_the_shipped_patient(
    task: Task
) -> None:
    assert settings.read(methods.SETTINGS).keys() <= set(GRADIENT)
    for method in SEEDED:
        assert settings_of(Run("forget10", method, 1), task)


def test_what_was_not_searched_here_has_the_shipped_patients_settings(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(monkeypatch, tmp_path)
    found = {m: closed_form(Run("forget10", m, 1), task) for m in ("memit", "lunar")}
    assert found["memit"] == closed.with_settings("memit", {
        "layers": 1, "place": "last", "weight": 150.0,
    })
    assert found["lunar"] == closed.found("lunar", 3)
    chosen = {m: setting(Run("forget10", m, 1), task) for m in ("npo", "ga")}
    assert chosen["npo"] == settings.Setting(3e-3, 2, 1.0, 0.1, 2)
    assert chosen["ga"] == settings.found("ga", 3)
