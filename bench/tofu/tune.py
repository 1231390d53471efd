"""The search for the methods' settings on TOFU, on authors that no page reports.

Every setting tried is kept beside this file with its scores; what has been tried is not tried
again. The product's own edit has no settings here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bench.command_line import say
from bench.tofu.methods import CLOSED_SETTINGS, SETTINGS
from bench.tofu.practice import AUTHORS, SEED, Practice, shares
from bench.tofu.work import end_of_turn
from bench.unlearning import closed, settings
from bench.unlearning.settings import GRADIENT, Row, Setting
from patient import gguf_file
from tools.editing.editor import Editor
from tools.editing.methods.kept import Kept
from tools.editing.methods.problem import Problem
from tools.editing.methods.table import METHODS as CLOSED
from tools.models.engine import LlamaEngine

BATCH = 16
"""Pairs of the forget set in a step, and as many of the retain set."""
STEPS = (15, 60, 120)
"""Steps of training after which a run is scored."""
RATES: Mapping[str, Sequence[float]] = {"ga": (1e-4, 3e-4), "rmu": (3e-3,)}
USUAL_RATES = (1e-3,)
RETAIN: Mapping[str, float] = {"ga": 0.0, "rmu": 10.0}
USUAL_RETAIN = 1.0
"""Rates and weights of the retain term, of those that proved useful on the shipped patient. At the
lower rates others are refused as well, and have not come back after as many steps."""
RUINED = 0.1
"""A run ends when so little small talk and others are left: what is only refused comes back."""


def tune(practice: Practice, methods: Sequence[str]) -> None:
    """Search for every one of `methods` that has not been searched."""
    for method in methods:
        if method in GRADIENT and method not in settings.read(SETTINGS):
            rows = [row for one in grid(method) for row in trained(practice, method, one)]
            settings.add(method, AUTHORS, rows, SETTINGS)
    wanted = [(name, one) for name in methods if name in CLOSED for one in _untried(name)]
    if wanted:
        solved(practice, wanted)


def grid(method: str) -> list[Setting]:
    """The runs of the search for a method that trains, each to the last of `STEPS`."""
    knob, retain = settings.KNOBS.get(method, 0.0), RETAIN.get(method, USUAL_RETAIN)
    rates = RATES.get(method, USUAL_RATES)
    return [Setting(rate, STEPS[-1], retain, knob, BATCH) for rate in rates]


def trained(practice: Practice, method: str, setting: Setting) -> Iterator[Row]:
    """One training run, scored at each of `STEPS` that it reaches."""
    from bench.unlearning import torch_model
    from bench.unlearning.train import train

    loaded = torch_model.load(practice.full)
    file, given = practice.work / "tried.gguf", practice.task.given
    for step in train(method, loaded.model, loaded.tokenizer, given, setting, SEED):
        if step in STEPS:
            gguf_file.write(torch_model.to_gguf(loaded.model, loaded.source), file, "f16")
            found = practice.scored(practice.of_file(file))
            yield settings.as_row(replace(setting, steps=step)) | found
            say(f"{method}, rate {setting.rate}, {step} steps: {found}")
            if max(found["others rouge"], found["talk rouge"]) < RUINED:
                break


def _untried(name: str) -> list[Row]:
    return [one for one in closed.grid(name) if one not in [row["settings"] for row in _rows(name)]]


def _rows(name: str) -> list[Row]:
    return settings.read(CLOSED_SETTINGS).get(name, {}).get(str(AUTHORS), [])


def solved(practice: Practice, wanted: Sequence[tuple[str, Row]]) -> None:
    """Try settings of closed-form methods, keeping each result at once."""
    task = practice.task
    with LlamaEngine(task.model, threads=task.threads, cache_dir=task.cache) as engine:
        editor, end = Editor(engine, task.cache, task.work / "edits"), end_of_turn(engine)
        study, subjects = editor.study(_silent), closed.known(closed.located(editor, task.names))
        kept = Kept(editor.lab, study.turns, SEED)
        problem = Problem(editor.lab, task.model, study, subjects, kept)
        for name, chosen in wanted:
            adapter, _seconds = closed.edited(name, closed.with_settings(name, chosen), problem)
            with editor.lab.edited(adapter) as lab:
                found = practice.scored(shares(lab, practice.sets, end))
            rows = [*_rows(name), {"settings": chosen, **found}]
            settings.add(name, AUTHORS, rows, CLOSED_SETTINGS)
            say(f"{name}, {chosen}: {found}")


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody follows."""
