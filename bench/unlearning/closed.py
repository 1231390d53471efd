"""The published closed-form edits in the comparison, and the search for their settings.

    python -m bench.unlearning.closed --tune [--methods METHOD ...] [--people 10] [--cache DIR]

A method gets what the product gets: the model file and names. Settings are searched on people of
the tuned half only; every setting tried is kept beside this file with its scores, the published one
among them, and a run takes the best. What has been tried is not tried again.
"""

import itertools
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import questions as asks
from bench.command_line import parser_for, say
from bench.first_light import good
from bench.unlearning import data, settings
from bench.unlearning.methods import Edited, Job
from bench.unlearning.metrics import harmonic
from bench.unlearning.settings import Row
from patient import GGUF
from patient.questions import Question
from tools.editing.editor import Editor
from tools.editing.locate import Located, Locator
from tools.editing.methods.kept import Kept
from tools.editing.methods.problem import Problem
from tools.editing.methods.table import METHODS, Method, apply
from tools.errors import ToolError
from tools.models.engine import LlamaEngine
from tools.models.lab import Lab

FILE = Path(__file__).with_suffix(".json")
SEED = 0
LEAST = 0.01
"""What a share counts at least, so that settings that lose one thing entirely still differ."""
KEPT_SETS = ("others", "neighbours", "talk", "unknown")

GRIDS: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "stamp": {"layer": (0, 3)},
    "stamp_lr": {"layer": (0, 3), "rank": (64, 128)},
    "stamp_ridge": {"layer": (0, 3)},
    "memit": {"place": ("last",), "layers": (1, 5), "weight": (150.0, 15.0, 1.5)},
    "alphaedit": {"place": ("last",), "layers": (1, 5), "threshold": (0.2, 2.0, 20.0)},
    "rocr": {"layers": (1, 3), "threshold": (2.0,)},
    "lunar": {"place": ("prompt", "last"), "strength": (2.0, 4.0, 8.0)},
    "needle": {"columns": (10, 100)},
}
"""What is tried beside the published settings, in all combinations. Layers 0 and 3 are those where
activation patching finds that the shipped patient's MLPs decide; the last prompt token is where."""


@dataclass(frozen=True)
class Closed:
    """A published closed-form method with the settings found for so many people."""

    job: Job
    name: str

    def run(self, names: Sequence[str]) -> Edited:
        """Study, from the cache if it has been, locate every name, then edit.

        `seconds_once` are those of measuring what must stay, without the study: that is the
        product's, and so are its wordings.
        """
        job = self.job
        method = found(self.name, len(names))
        with LlamaEngine(job.model, threads=job.threads, cache_dir=job.cache) as engine:
            editor = Editor(engine, job.cache, job.work / "edits")
            study = editor.study(_silent)
            started = time.perf_counter()
            subjects = located(editor, names)
            locating = time.perf_counter() - started
            kept = Kept(editor.lab, study.turns, job.seed)
            problem = Problem(editor.lab, job.model, study, known(subjects), kept)
            adapter, edit = edited(self.name, method, problem)
        return Edited(
            None, adapter, edit, locating + edit, kept.seconds, frozenset(study.to_edit.direct),
            unknown(subjects),
        )


def located(editor: Editor, names: Sequence[str]) -> list[Located]:
    """What the model knows of each name, the study made or read before."""
    locator = Locator(editor.lab, editor.study(_silent))
    return [locator.locate(name, _silent) for name in names]


def known(subjects: Sequence[Located]) -> list[Located]:
    """Those that can be edited: the model says something of them, and not of some like them."""
    return [one for one in subjects if one.said and one.findings.twins]


def unknown(subjects: Sequence[Located]) -> tuple[str, ...]:
    """The names of the others."""
    return tuple(one.findings.subject for one in subjects if one not in known(subjects))


def edited(name: str, method: Method, problem: Problem) -> tuple[bytes, float]:
    """The adapter of a method, and its seconds without those of measuring what must stay."""
    started, measuring = time.perf_counter(), problem.kept.seconds
    adapter = apply(name, problem, problem.lab.host.info.architecture, {name: method})
    return adapter, time.perf_counter() - started - (problem.kept.seconds - measuring)


def found(name: str, size: int, file: Path = FILE) -> Method:
    """The method with the best settings for `size` people, or for the nearest number searched.

    Raises:
        ValueError: no settings were searched for it.
    """
    searched = settings.read(file).get(name)
    if not searched:
        raise ValueError(f"{name} has no settings: run python -m bench.unlearning.closed --tune")
    rows = searched[min(searched, key=lambda tried: abs(int(tried) - size))]
    best = max(rows, key=lambda row: row["score"])
    return with_settings(name, best["settings"])


def with_settings(name: str, chosen: Row) -> Method:
    """The method with other settings than the published."""
    method: Method = replace(METHODS[name], **chosen)  # type: ignore[type-var]
    return method


def grid(name: str) -> list[Row]:
    """Every combination of settings that is tried, the published ones (no change) first."""
    axes = GRIDS[name]
    points = [dict(zip(axes, point, strict=True)) for point in itertools.product(*axes.values())]
    return [{}, *(point for point in points if with_settings(name, point) != METHODS[name])]


class Search:
    """Settings tried on `size` people of the tuned half, in one engine."""

    def __init__(self, editor: Editor, model: Path, size: int) -> None:
        self.lab = editor.lab
        study, names = editor.study(_silent), data.people(size, SEED, tuned=True)
        subjects, kept = located(editor, names), Kept(self.lab, study.turns)
        self.problem = Problem(self.lab, model, study, subjects, kept)
        self.sets = question_sets(names)
        self.before = shares(self.lab, self.sets)

    def tried(self, name: str, chosen: Row) -> Row:
        """One setting with what it forgets and keeps."""
        adapter, _seconds = edited(name, with_settings(name, chosen), self.problem)
        with self.lab.edited(adapter) as lab:
            after = shares(lab, self.sets)
        return {"settings": chosen, "score": score(after, self.before), **after}


def question_sets(names: Sequence[str]) -> dict[str, list[Question]]:
    """What a setting is scored by."""
    return {
        "forget": [q for name in names for q in asks.recall_questions(name, 1, SEED)],
        "others": asks.others_questions(data.everybody_else(names), 60, SEED),
        "neighbours": asks.others_questions(data.neighbours(names), 30, SEED),
        "talk": asks.talk_questions(40, SEED),
        "unknown": asks.unknown_questions(30, SEED),
    }


def shares(lab: Lab, sets: Mapping[str, Sequence[Question]]) -> dict[str, float]:
    """The share of each set that is answered rightly."""
    right = {}
    for name, asked in sets.items():
        said = lab.ask([q.question for q in asked])
        hits = [good(q, answer.text) for q, answer in zip(asked, said, strict=True)]
        right[name] = sum(hits) / len(hits)
    return right


def score(after: Mapping[str, float], before: Mapping[str, float]) -> float:
    """The harmonic mean of what is forgotten and what is kept of before, each at least `LEAST`."""
    kept = [min(1.0, after[name] / before[name]) for name in KEPT_SETS]
    return harmonic([max(LEAST, share) for share in (1 - after["forget"], *kept)])


def tune(model: Path, methods: Sequence[str], size: int, cache: Path, threads: int) -> None:
    """Try what has not been tried, and keep every result at once."""
    missing = {name: _missing(name, size) for name in methods}
    if not any(missing.values()):
        return
    with _editor(model, cache, threads) as editor:
        search = Search(editor, model, size)
        for name, wanted in missing.items():
            for chosen in wanted:
                rows = [*_rows(name, size), search.tried(name, chosen)]
                settings.add(name, size, rows, FILE)
                say(f"{name}, {size} people: {rows[-1]}")


@contextmanager
def _editor(model: Path, cache: Path, threads: int) -> Iterator[Editor]:
    with (
        tempfile.TemporaryDirectory(prefix="closed-") as work,
        LlamaEngine(model, threads=threads, cache_dir=cache) as engine,
    ):
        yield Editor(engine, cache, Path(work))


def _rows(name: str, size: int) -> list[Row]:
    return settings.read(FILE).get(name, {}).get(str(size), [])


def _missing(name: str, size: int) -> list[Row]:
    tried = [row["settings"] for row in _rows(name, size)]
    return [chosen for chosen in grid(name) if chosen not in tried]


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody follows."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Search; 2 with one line where it cannot be done."""
    parser = parser_for("bench.unlearning.closed", __doc__)
    parser.add_argument("--tune", action="store_true", required=True, help="search the settings")
    parser.add_argument("--model", type=Path, default=GGUF)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--people", type=int, nargs="+", default=[10])
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "unlearning")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(arguments)
    try:
        for size in options.people:
            tune(options.model, options.methods, size, options.cache, options.threads)
    except (ValueError, ToolError) as error:
        say(f"bench.unlearning.closed: {error}")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
