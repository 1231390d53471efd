"""Ways to forget the authors of a split, each given what it is due.

Trained methods get the authors' published rows and, to keep, the rows of everybody else, of which
each step draws some: TOFU's protocol. The published closed-form edits and the product's own get the
authors' names, never a row.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.tofu import data
from bench.tofu.data import FORGET, UNKNOWN_AUTHOR, Row
from bench.unlearning import closed, settings
from bench.unlearning.data import Given, Pair
from bench.unlearning.methods import Edited, Job, Lethe, trained
from bench.unlearning.settings import GRADIENT, Setting
from tools.editing.editor import Editor
from tools.editing.methods.kept import Kept
from tools.editing.methods.problem import Problem
from tools.editing.methods.table import METHODS as CLOSED
from tools.editing.methods.table import Method
from tools.models.engine import LlamaEngine

SETTINGS = Path(__file__).with_name("settings.json")
CLOSED_SETTINGS = Path(__file__).with_name("closed.json")
"""Everything that was tried by `python -m bench.tofu tune`, with its scores."""
SEEDED = (*GRADIENT, *CLOSED)
"""Methods that draw: the order of rows, or the sample of what must stay."""
METHODS = ("lethe", *SEEDED)


@dataclass(frozen=True, slots=True)
class Run:
    """One line of the table."""

    split: str
    method: str
    seed: int

    @property
    def label(self) -> str:
        """Its name in the report."""
        return f"{self.split} {self.method} {self.seed}"


@dataclass(frozen=True, slots=True)
class Task:
    """Whom a model is to forget: `names` for those that get no more, `given` for those that train;
    folders for caches and for what is made."""

    model: Path
    names: list[str]
    given: Given
    cache: Path
    work: Path
    threads: int

    @classmethod
    def read(
        cls, folder: Path, split: str, model: Path, cache: Path, work: Path, threads: int
    ) -> "Task":
        """For a published forget split; raises DataError."""
        forget, retain = data.read(folder, split), data.read(folder, FORGET[split])
        names = [author.name for author in data.authors(forget)]
        return cls(model, names, given(forget, retain), cache, work, threads)

    def job(self, seed: int, setting: Setting | None = None) -> Job:
        """The same as the comparison on the shipped patient has it."""
        return Job(self.model, self.cache, self.work, seed, self.threads, setting=setting)


def given(forget: Sequence[Row], retain: Sequence[Row]) -> Given:
    """What trained methods get of these rows."""
    return Given(
        [Pair(row.question, row.answer) for row in forget],
        [Pair(row.question, row.answer) for row in retain],
        UNKNOWN_AUTHOR,
    )


def made(task: Task, runs: Sequence[Run]) -> Iterator[tuple[Run, Edited]]:
    """Carry out runs, one after the other; a file that one makes is overwritten by the next.

    Raises:
        ToolError: the model cannot be edited or trained.
    """
    for run in runs:
        if run.method == "lethe":
            yield run, Lethe(task.job(run.seed)).run(task.names)
        elif run.method in GRADIENT:
            yield run, trained(task.job(run.seed, setting(run, task)), run.method, task.given)
    if some := [run for run in runs if run.method in CLOSED]:
        yield from _closed(task, some)


def setting(run: Run, task: Task) -> Setting:
    """How hard a method trains, as found for so many authors or the nearest number searched; where
    none was searched here, as found on the shipped patient, which is of the same shape."""
    searched = run.method in settings.read(SETTINGS)
    return settings.found(run.method, len(task.names), SETTINGS if searched else settings.FILE)


def closed_form(run: Run, task: Task) -> Method:
    """The same of a closed-form method."""
    searched = run.method in settings.read(CLOSED_SETTINGS)
    return closed.found(run.method, len(task.names), CLOSED_SETTINGS if searched else closed.FILE)


def settings_of(run: Run, task: Task) -> dict[str, Any]:
    """What was chosen for a run; nothing is for the product's edit."""
    if run.method in GRADIENT:
        return settings.as_row(setting(run, task))
    return asdict(closed_form(run, task)) if run.method in CLOSED else {}  # type: ignore[call-overload]


def _closed(task: Task, runs: Sequence[Run]) -> Iterator[tuple[Run, Edited]]:
    """The authors are located once for all of them."""
    with LlamaEngine(task.model, threads=task.threads, cache_dir=task.cache) as engine:
        editor = Editor(engine, task.cache, task.work / "edits")
        study = editor.study(_silent)
        started = time.perf_counter()
        subjects = closed.located(editor, task.names)
        locating = time.perf_counter() - started
        for run in runs:
            kept = Kept(editor.lab, study.turns, run.seed)
            problem = Problem(editor.lab, task.model, study, closed.known(subjects), kept)
            adapter, seconds = closed.edited(run.method, closed_form(run, task), problem)
            yield run, Edited(
                None, adapter, seconds, locating + seconds, kept.seconds,
                failed=closed.unknown(subjects),
            )


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody follows."""
