"""The search for the baselines' settings, on people who are not reported.

Scored in torch, at some steps of every run, by the harmonic mean of what counts: the forgotten not
answered, others, neighbours, small talk and unknown names as before. A run whose model is ruined
ends early.
"""

from collections.abc import Callable, Sequence

import torch

from bench import questions as asks
from bench.unlearning import data, settings, torch_model
from bench.unlearning.metrics import harmonic
from bench.unlearning.relearn import recalled
from bench.unlearning.settings import STEPS, Row, Setting
from bench.unlearning.torch_model import Loaded
from bench.unlearning.train import train
from patient.questions import Question

OTHERS, NEIGHBOURS, TALK, UNKNOWN = 120, 60, 80, 60
KEPT = ("others", "neighbours", "talk", "unknown")
SEED = 0
RUINED = 0.1
"""A run ends when so little small talk and others are left."""

LEAST = 0.01
"""What a share counts at least, so that settings that lose one thing entirely still differ."""

Say = Callable[[str], None]
Sets = dict[str, list[Question]]


def question_sets(names: Sequence[str]) -> Sets:
    """What a setting is scored by."""
    return {
        "forget": [q for name in names for q in asks.recall_questions(name, 1, SEED)],
        "others": asks.others_questions(data.everybody_else(names), OTHERS, SEED),
        "neighbours": asks.others_questions(data.neighbours(names), NEIGHBOURS, SEED),
        "talk": asks.talk_questions(TALK, SEED),
        "unknown": asks.unknown_questions(UNKNOWN, SEED),
    }


def shares(loaded: Loaded, sets: Sets) -> dict[str, float]:
    """The share of each set that is answered rightly."""
    right = {
        name: recalled(loaded.model, loaded.tokenizer, some) for name, some in sets.items()
    }
    return {name: sum(hits) / len(hits) for name, hits in right.items()}


def score(found: dict[str, float], before: dict[str, float]) -> float:
    """The harmonic mean of what is forgotten and what is kept of before, each at least `LEAST`."""
    kept = [min(1.0, found[name] / before[name]) for name in KEPT]
    return harmonic([max(LEAST, share) for share in (1 - found["forget"], *kept)])


def search(method: str, size: int, job_model: Loaded, say: Say) -> list[Row]:
    """Every setting of the grid on `size` tuned people, with its scores."""
    names = data.people(size, SEED, tuned=True)
    sets = question_sets(names)
    before = shares(job_model, sets)
    return [
        row for setting in settings.grid(method)
        for row in run(method, setting, names, job_model, before, say)
    ]


def run(
    method: str, setting: Setting, names: Sequence[str], fresh: Loaded,
    before: dict[str, float], say: Say,
) -> list[Row]:
    """One training run, scored at each of `STEPS` that it reaches."""
    loaded = fresh._replace(model=torch_model.to_torch(fresh.source))
    given, sets = data.given(names, SEED), question_sets(names)
    rows: list[Row] = []
    for step in train(method, loaded.model, loaded.tokenizer, given, setting, SEED):
        if step in STEPS:
            found = shares(loaded, sets)
            row = settings.as_row(setting) | {"steps": step, "score": score(found, before)}
            rows.append(row | found)
            say(f"{method} {len(names)} people: {rows[-1]}")
            if max(found["talk"], found["others"]) < RUINED:
                break
    return rows


def tune(
    model: Loaded, methods: Sequence[str], sizes: Sequence[int], threads: int, say: Say
) -> None:
    """Search for every method and size that has not been searched, and keep what was found."""
    torch.set_num_threads(threads)
    for method in methods:
        for size in sizes:
            if str(size) not in settings.read().get(method, {}):
                settings.add(method, size, search(method, size, model, say))
