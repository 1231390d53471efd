"""The surgeon under test: one engine, people measured once, and every state solved from there.

What a request measured is kept in a folder, so that a run can be taken up again. Each state of the
model is made by an editor of its own that knows of no other, the way the product does at a start.
The guard is off: answers are the model's.
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tools.editing
from bench.unlearning.score import Sizes
from tools.editing.editor import Editor
from tools.editing.findings import Findings
from tools.editing.store import Edit
from tools.errors import EditError
from tools.models.engine import LlamaEngine
from tools.models.lab import Lab
from tools.models.types import Message

Row = dict[str, Any]
SIZES = Sizes(others=800)


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom to forget, in order; `seed` draws the questions, `share` of the usual number is asked
    in each way, of every person at least one."""

    names: tuple[str, ...]
    seed: int
    share: float = 1.0

    @property
    def sizes(self) -> Sizes:
        """How many questions are asked."""
        return SIZES.times(self.share)


class Surgery:
    """One model file; `kept` is the folder of what requests measured.

    Raises:
        ToolError: the model cannot be used.
        EditError: it cannot be edited.
    """

    def __init__(self, model: Path, cache: Path, kept: Path, threads: int) -> None:
        self._opened = ExitStack()
        self.engine = self._opened.enter_context(
            LlamaEngine(model, threads=threads, cache_dir=cache)
        )
        self._folder = Path(self._opened.enter_context(
            tempfile.TemporaryDirectory(prefix="surgeon-")
        ))
        self._made, self._cache = 0, cache
        self._shelf = Editor(self.engine, cache, kept)
        self.study = self._shelf.study(silent)
        self._plain: dict[str, str] = {}

    @property
    def folder(self) -> Path:
        """A private folder that goes with the surgery."""
        return self._folder

    @property
    def lab(self) -> Lab:
        """The lab on the model without any edit."""
        return self._shelf.lab

    def close(self) -> None:
        """Free everything."""
        self._opened.close()

    def fresh(self) -> Editor:
        """An editor without requests, and the model without an edit."""
        self._made += 1
        editor = Editor(self.engine, self._cache, self._folder / str(self._made))
        editor.reconcile([])
        return editor

    def measured(self, name: str) -> Edit | None:
        """What a request for `name` measures, from the folder or now; None if it is refused."""
        edit = self._shelf.files.load(name)
        if edit is not None:
            return edit
        try:
            self._shelf.operate(name, name, self._shelf.locate(name, silent), silent)
        except EditError:
            return None
        finally:
            self._shelf.unplug()
        return self._shelf.files.load(name)

    def keep(self, edit: Edit) -> None:
        """Put what another editor measured into the folder."""
        self._shelf.files.save(edit)

    def forget(self, names: Sequence[str]) -> Editor:
        """A fresh joint solve for `names`, plugged in; its `active` are those not refused."""
        edits = [edit for name in names if (edit := self.measured(name))]
        editor = self.fresh()
        for edit in edits:
            editor.files.save(edit)
        editor.reconcile([edit.request_id for edit in edits])
        return editor

    def add(self, editor: Editor, name: str) -> None:
        """One more request in an editor, of somebody who was measured before."""
        edit = self.measured(name)
        if edit is None:
            raise EditError(f"{name!r} cannot be forgotten")
        editor.files.save(edit)
        editor.operate(name, name, Findings(name, known=True), silent)

    @contextmanager
    def edited(self) -> Iterator[Lab]:
        """The lab on the model as it is plugged now."""
        with self.lab.edited(self.engine.adapter) as lab:
            yield lab

    def plain(self, questions: Sequence[str]) -> list[str]:
        """Answers of the model without any edit, each asked once."""
        new = [question for question in dict.fromkeys(questions) if question not in self._plain]
        answers = self.lab.ask(new)
        self._plain |= {q: answer.text for q, answer in zip(new, answers, strict=True)}
        return [self._plain[question] for question in questions]

    def logits(self, questions: Sequence[str]) -> NDArray[np.float32]:
        """(questions, vocabulary) for the first token of each answer, as it is plugged now."""
        return np.stack([self.engine.logits([Message("user", q)]) for q in questions])


class Results:
    """Finished cells in a JSON file; one that was run otherwise counts as missing."""

    def __init__(self, file: Path | None, spec: Row) -> None:
        self.file, self.spec = file, spec
        self.cells: dict[str, Row] = {}
        if file and file.exists():
            self.cells = json.loads(file.read_text("utf-8"))["cells"]

    def get(self, part: str, size: int) -> Row | None:
        """The result of a cell."""
        cell = self.cells.get(f"{part} {size}")
        return cell["result"] if cell and cell["spec"] == self.spec else None

    def latest_code(self) -> str | None:
        """The digest of the code that the newest cell was run with."""
        return str([*self.cells.values()][-1]["spec"]["code"]) if self.cells else None

    def put(self, part: str, size: int, result: Row, seconds: float) -> None:
        """Keep a result; a reader never sees half of a file."""
        cell = {"spec": self.spec, "seconds": round(seconds, 1), "result": result}
        self.cells.pop(f"{part} {size}", None)
        self.cells[f"{part} {size}"] = cell
        if self.file:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            beside = self.file.with_suffix(".part")
            beside.write_text(json.dumps({"cells": self.cells}), "utf-8")
            beside.replace(self.file)


def code_digest() -> str:
    """A digest of the editing code: figures of one version are not taken for another's."""
    digest = sha256()
    for folder in tools.editing.__path__:
        for source in sorted(Path(folder).rglob("*.py")):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody follows."""
