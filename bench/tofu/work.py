"""What a TOFU run does, each part once: figures already in the report file are not made again."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.tofu.methods import Run, Task, made, settings_of
from bench.tofu.score import Sets, measure
from bench.unlearning.methods import Edited
from tools.errors import ModelError, ToolError
from tools.models.engine import LlamaEngine
from tools.models.lab import Lab

Advance = Callable[[str, int, int], None]


class ReportError(ToolError):
    """A report file is of other data, of other models, or is none."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A model to score: its name in the report, its file, and the edit if it has one."""

    name: str
    path: Path
    adapter: bytes | None = None

    def digest(self) -> str:
        """SHA-256 of the file and the adapter together, hexadecimal."""
        with self.path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256")
        found.update(self.adapter or b"")
        return found.hexdigest()


@dataclass
class Ledger:
    """The report, and the file that it is kept in after every step."""

    file: Path
    folder: Path
    sets: Sets
    report: dict[str, Any]

    @classmethod
    def open(cls, file: Path, folder: Path, splits: Sequence[str]) -> "Ledger":
        """A new report, or the one begun.

        Raises:
            DataError: the published files cannot be read.
            ReportError: the file holds no report.
        """
        sets = Sets.read(folder, splits)
        report: dict[str, Any] = {"contrasts": {}, "models": {}}
        if file.exists():
            try:
                report = json.loads(file.read_text("utf-8"))
                report["contrasts"], report["models"] = report["contrasts"], report["models"]
            except (ValueError, KeyError, TypeError):
                raise ReportError(f"{file} is no TOFU report") from None
        report["contrasts"] |= sets.contrasts
        return cls(file, folder, sets, report)

    def save(self) -> None:
        """Write the report; a reader never sees half of one."""
        unfinished = self.file.with_name(f".{self.file.name}.unfinished")
        unfinished.write_text(json.dumps(self.report), "utf-8")
        unfinished.replace(self.file)


def score(
    ledger: Ledger, model: Scored, splits: Sequence[str], threads: int, advance: Advance
) -> None:
    """Measure a model on every set that these forget splits need.

    Raises:
        ReportError: the report has another model under this name.
        ModelFileError: the model cannot be used.
    """
    digest = model.digest()
    found = ledger.report["models"].setdefault(model.name, {"sets": {}})
    if found.setdefault("sha256", digest) != digest:
        raise ReportError(f"{ledger.file} has figures of another {model.name!r}")
    missing = [name for name in ledger.sets.part(splits) if name not in found["sets"]]
    if not missing:
        return
    with LlamaEngine(model.path, threads=threads) as engine:
        end = end_of_turn(engine)
        with Lab(engine).edited(model.adapter) as lab:
            for name in missing:
                rows = ledger.sets.rows[name]
                found["sets"][name] = measure(
                    lab, rows, end,
                    lambda stage, done, of, where=name: advance(  # type: ignore[misc]
                        f"{model.name}, {where}: {stage}", done, of
                    ),
                )
                ledger.save()


def end_of_turn(engine: LlamaEngine) -> int:
    """The token that ends an answer.

    Raises:
        ModelError: the model's file names none.
    """
    tokens = engine.tokenise(engine.vocabulary.eos, special=True)
    if len(tokens) != 1:
        raise ModelError(f"{engine.path.name} has no token that ends an answer")
    return tokens[0]


def forget_and_score(
    ledger: Ledger, task: Task, runs: Sequence[Run], advance: Advance
) -> None:
    """Carry out the runs that have not been, and measure every model that they gave.

    What a run makes is kept in the task's folder, so that only what is missing is made.

    Raises:
        ToolError: the model cannot be edited or trained, or a model that was made is damaged.
    """
    missing = []
    for run in runs:
        if "edit" in ledger.report["models"].get(run.label, {}):
            score(ledger, result(ledger, task, run), [run.split], task.threads, advance)
        else:
            missing.append(run)
    for run, edited in made(task, missing):
        keep(ledger, task, run, edited)
        score(ledger, result(ledger, task, run), [run.split], task.threads, advance)


def keep(ledger: Ledger, task: Task, run: Run, edited: Edited) -> None:
    """Put what a run made beside the report, and what it cost into it."""
    file = task.work / f"{run.label}.{'gguf' if edited.gguf else 'adapter'}"
    if edited.gguf:
        edited.gguf.replace(file)
    else:
        file.write_bytes(edited.adapter or b"")
    ledger.report["models"][run.label] = {"sets": {}, "run": asdict(run), "edit": {
        "file": file.name, "failed": list(edited.failed), "setting": settings_of(run, task),
        "seconds": edited.seconds, "all": edited.seconds_all, "once": edited.seconds_once,
    }}
    ledger.save()


def result(ledger: Ledger, task: Task, run: Run) -> Scored:
    """The model that a run made."""
    file = task.work / ledger.report["models"][run.label]["edit"]["file"]
    if file.suffix == ".gguf":
        return Scored(run.label, file)
    return Scored(run.label, task.model, file.read_bytes() or None)
