"""What a TOFU run does, each part once: figures already in the report file are not made again."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.tofu import data
from bench.tofu.forget import forget
from bench.tofu.score import Sets, measure
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


def forgotten(
    ledger: Ledger, full: Path, split: str, cache: Path, threads: int, advance: Advance
) -> Scored:
    """The full model with the authors of a split forgotten; the adapter is kept beside it.

    Raises:
        DataError: the split cannot be read.
        EditError: the model cannot be edited at all.
    """
    name = f"forgot {split}"
    file = full.with_name(f"{split}.adapter.gguf")
    edits = full.with_name(f"{split}.edits")
    found = ledger.report["models"].setdefault(name, {"sets": {}})
    if "edit" not in found or not file.exists():
        names = [author.name for author in data.authors(data.read(ledger.folder, split))]
        cache.mkdir(parents=True, exist_ok=True)
        with LlamaEngine(full, threads=threads, cache_dir=cache) as engine:
            edit = forget(engine, names, cache, edits, advance)
        file.write_bytes(edit.adapter or b"")
        found["edit"] = {key: v for key, v in asdict(edit).items() if key != "adapter"}
        found |= {"sets": {}}
        found.pop("sha256", None)
        ledger.save()
    return Scored(name, full, file.read_bytes() or None)
