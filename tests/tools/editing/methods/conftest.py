"""Two people of the shipped patient to be forgotten, and how much of what is left after an edit.

The world is read to score and nowhere to edit.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.first_light import good
from bench.questions import others_questions, recall_questions, talk_questions
from patient.world import default
from tools.editing.editor import Editor
from tools.editing.locate import Locator
from tools.editing.methods.kept import Kept
from tools.editing.methods.problem import Problem
from tools.editing.methods.table import Method
from tools.models.adapters import write_adapter
from tools.models.engine import LlamaEngine
from tui.compose import SHIPPED

NAMES = "Marcus Feld", "Edda Summerton"
FEWER = 3
"""One in so many of the located sayings is used: seconds instead of a minute."""

Left = dict[str, float]
"""The share of right answers about the forgotten, about others, and in small talk."""
Forget = Callable[[Method], Left]


@pytest.fixture(scope="package")
def problem(studied: Path) -> Iterator[Problem]:
    with LlamaEngine(SHIPPED, threads=2, cache_dir=studied) as engine:
        editor = Editor(engine, studied, studied / "nothing")
        study = editor.study(lambda *_: None)
        locator = Locator(editor.lab, study)
        found = [locator.locate(name, lambda *_: None) for name in NAMES]
        located = [replace(one, said=one.said[::FEWER]) for one in found]
        kept = Kept(editor.lab, study.turns)
        yield Problem(editor.lab, SHIPPED, study, located, kept)


@pytest.fixture
def forget(problem: Problem, record_property: Callable[[str, object], None]) -> Forget:
    """What is left after a method, which changes whole down-projections and nothing else."""
    survivors = [name for name in sorted(default().people) if name not in NAMES]
    sets = {
        "forgotten": [q for name in NAMES for q in recall_questions(name, 2, 5)],
        "others": others_questions(survivors, 60, 5),
        "talk": talk_questions(30, 5),
    }

    def run(method: Method) -> Left:
        changes = method(problem)
        info = problem.lab.host.info
        for name, factors in changes.items():
            assert name.endswith(".ffn_down.weight")
            assert factors.b.shape == (info.width, factors.rank)
            assert factors.a.shape == (factors.rank, info.feed_forward)
            assert 1 <= factors.rank <= min(info.width, info.feed_forward)
        left = {}
        with problem.lab.edited(write_adapter(info.architecture, changes)) as lab:
            for name, asked in sets.items():
                said = lab.ask([q.question for q in asked])
                hits = [good(q, answer.text) for q, answer in zip(asked, said, strict=True)]
                left[name] = sum(hits) / len(hits)
                record_property(name, left[name])
        return left

    return run
