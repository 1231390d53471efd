"""The table of methods that the comparison runs, and what one has to offer to be in it.

A method gets names and gives back a model: a GGUF file, an adapter for the file it was given, or
neither (nothing was changed). What it costs it says itself: the edit alone, and everything that a
user waits for.
"""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.unlearning import data
from bench.unlearning.data import Given
from bench.unlearning.settings import GRADIENT, Setting
from patient import gguf_file
from patient.gguf_file import Model
from tools.editing.editor import Editor
from tools.editing.methods.table import METHODS as CLOSED
from tools.editing.text import SLOT
from tools.errors import EditError
from tools.models.adapters import read_adapter
from tools.models.engine import LlamaEngine


@dataclass(frozen=True, slots=True)
class Job:
    """One forgetting: the model file, folders for caches and results, the seed, the threads, and
    to how many pairs a person the forget set is cut down (None: not at all), and the setting of a
    method that trains."""

    model: Path
    cache: Path
    work: Path
    seed: int
    threads: int
    pairs: int | None = None
    setting: Setting | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """What a method made.

    `seconds` are those of the edit alone, `seconds_all` with what every request needs before it,
    `seconds_once` what a model file needs once, whatever is forgotten. `used` are wordings (the
    name as `SLOT`) that the method itself asked, which then score no more; `failed` are names it
    could not forget.
    """

    gguf: Path | None = None
    adapter: bytes | None = None
    seconds: float = 0.0
    seconds_all: float = 0.0
    seconds_once: float = 0.0
    used: frozenset[str] = frozenset()
    failed: tuple[str, ...] = ()

    def asked(self, question: str, name: str) -> bool:
        """Whether the method asked this itself."""
        return question.replace(name, SLOT) in self.used

    def merged(self, model: Path) -> Model:
        """The edited weights in float32; `model` is the file that was edited."""
        source = gguf_file.read(self.gguf or model)
        for name, factors in read_adapter(self.adapter).items() if self.adapter else ():
            source.tensors[name] = source.tensors[name] + factors.b @ factors.a
        return source


class Method(Protocol):
    """A way to forget people."""

    @property
    def name(self) -> str: ...

    def run(self, names: Sequence[str]) -> Edited: ...


@dataclass(frozen=True)
class Untouched:
    """The model as it is: what every other row is compared with."""

    job: Job
    name: str = "none"

    def run(self, _names: Sequence[str]) -> Edited:
        """Nothing is done."""
        return Edited()


@dataclass(frozen=True)
class Lethe:
    """The product's own edit, guard off: it is told the names and nothing else."""

    job: Job
    name: str = "lethe"

    def run(self, names: Sequence[str]) -> Edited:
        """Study, from the cache if it has been; then locate and operate, name by name."""
        job = self.job
        with LlamaEngine(job.model, threads=job.threads, cache_dir=job.cache) as engine:
            editor = Editor(engine, job.cache, job.work / "edits")
            editor.reconcile([])
            studied = self._study(editor)
            spent = [_forgotten(editor, name) for name in names]
            located, edit = (sum(one[place] for one in spent) for place in (0, 1))
            failed = [name for name in names if f"request {name}" not in editor.active]
            used = frozenset(editor.study(_silent).to_edit.direct)
            return Edited(
                None, engine.adapter, edit, located + edit, studied, used, tuple(failed)
            )

    def _study(self, editor: Editor) -> float:
        """Seconds that the study took when it was made, in this run or in an earlier one."""
        file = self.job.cache / f"study-seconds-{editor.engine.info.fingerprint[:16]}.json"
        started = time.perf_counter()
        editor.study(_silent)
        if not file.exists():
            file.write_text(json.dumps(time.perf_counter() - started))
        seconds: float = json.loads(file.read_text())
        return seconds


def _forgotten(editor: Editor, name: str) -> tuple[float, float]:
    """Seconds that locating took, and those from consent to the edited model."""
    started = time.perf_counter()
    findings = editor.locate(name, _silent)
    located = time.perf_counter()
    with suppress(EditError):
        editor.operate(f"request {name}", name, findings, _silent)
    return located - started, time.perf_counter() - located


@dataclass(frozen=True)
class Gradient:
    """A baseline that trains the weights, given the true forget set and a retain set."""

    job: Job
    name: str

    def run(self, names: Sequence[str]) -> Edited:
        """Train on what the world says of `names`; raises as `trained`."""
        return trained(self.job, self.name, data.given(names, self.job.seed, self.job.pairs))


def trained(job: Job, method: str, given: Given) -> Edited:
    """Load into torch, train, write back.

    Raises:
        ValueError: the job has no setting.
    """
    import torch

    from bench.unlearning import torch_model
    from bench.unlearning.train import train

    started = time.perf_counter()
    if job.setting is None:
        raise ValueError(f"{method} needs a setting")
    torch.set_num_threads(job.threads)
    model, tokenizer, source = torch_model.load(job.model)
    training = time.perf_counter()
    for _ in train(method, model, tokenizer, given, job.setting, job.seed):
        pass
    seconds = time.perf_counter() - training
    file = job.work / "trained.gguf"
    gguf_file.write(torch_model.to_gguf(model, source), file, "f16")
    return Edited(file, None, seconds, time.perf_counter() - started)


def _closed(job: Job, name: str) -> Method:
    from bench.unlearning.closed import Closed  # which needs this module's types

    return Closed(job, name)


METHODS: dict[str, Callable[[Job], Method]] = {
    "none": Untouched,
    "lethe": Lethe,
    **{name: lambda job, name=name: _closed(job, name) for name in CLOSED},  # type: ignore[misc]
    **{name: lambda job, name=name: Gradient(job, name) for name in GRADIENT},  # type: ignore[misc]
}
"""Name -> what makes the method for a job. A further method is one more line here."""


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody follows."""
