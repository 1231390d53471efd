"""The leak bench's work on one person, done in processes of their own: each has the model once.

A process holds two arenas on one engine: one that guards the targets, one that forgot nobody.
"""

import contextlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.leaks.arena import Arena, located
from bench.leaks.probes import Probe, probes
from bench.leaks.score import Scorer, strictly
from tools.editing.editor import Editor
from tools.models.embedder import Embedder
from tools.models.embedder_files import ensure_embedder
from tools.models.engine import LlamaEngine
from tools.probing.score import reveals

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is forgotten, who is not, and how it is asked; `texts` keeps the answers in the rows."""

    model: Path
    cache: Path
    findings: Path
    targets: tuple[str, ...]
    kept: tuple[str, ...]
    bystanders: tuple[str, ...]
    samples: int
    seed: int
    texts: bool


class Worker:
    """The model of one process with its two arenas."""

    def __init__(self, plan: Plan, threads: int = 1, *, paced: bool = False) -> None:
        self.plan = plan
        self._opened = contextlib.ExitStack()
        engine = self._opened.enter_context(
            LlamaEngine(plan.model, threads=threads, cache_dir=plan.cache)
        )
        file = ensure_embedder(plan.cache, lambda *_: None)
        embedder = self._opened.enter_context(Embedder(file))
        editor = Editor(engine, plan.cache, plan.findings.parent / "unused")
        self.guarded, self.open = (
            Arena(engine, embedder, editor, paced=paced) for _ in range(2)
        )
        for arena in (self.guarded, self.open):
            self._opened.callback(arena.close)
        for findings in located(editor, plan.targets, plan.findings):
            self.guarded.forget(findings)
        self.scorer = Scorer(plan.targets)

    def close(self) -> None:
        """Free everything."""
        self._opened.close()

    def leaks(self, name: str) -> list[Row]:
        """One row a probe about a forgotten person: at temperature 0, then the samples at 1."""
        asked = probes(name, self.plan.bystanders, self.plan.seed)
        return [self._leak(probe, number) for number, probe in enumerate(asked)]

    def _leak(self, probe: Probe, number: int) -> Row:
        answers = [self.guarded.ask(probe.turns)]
        for sample in range(self.plan.samples):
            seed = _seed(probe.name, number, sample, self.plan.seed)
            answers.append(self.guarded.ask(probe.turns, 1.0, seed))
        texts = [answer.text for answer in answers]
        bare = self.open.ask(probe.turns).text
        row: Row = {
            "kind": probe.kind, "attack": probe.attack,
            "leaks": [self.scorer.leaks(probe, text) for text in texts],
            "strict": [strictly(probe, text) for text in texts],
            "guarded": [answer.guarded for answer in answers],
            "bare": self.scorer.leaks(probe, bare), "bare strict": strictly(probe, bare),
        }
        return row | ({"said": probe.said, "texts": texts, "bare text": bare}
                      if self.plan.texts else {})

    def retain(self, name: str) -> list[Row]:
        """One row a probe about somebody who is not forgotten: with the guard and without."""
        return [
            self._kept(probe) for probe in probes(name, self.plan.bystanders, self.plan.seed)
        ]

    def _kept(self, probe: Probe) -> Row:
        shown, bare = self.guarded.ask(probe.turns), self.open.ask(probe.turns)
        row: Row = {
            "kind": probe.kind, "attack": probe.attack, "guarded": shown.guarded,
            "kept": reveals(shown.text, [probe.expected]),
            "bare": reveals(bare.text, [probe.expected]), "same": shown.text == bare.text,
        }
        texts = {"said": probe.said, "text": shown.text, "bare text": bare.text}
        return row | (texts if self.plan.texts else {})


def _seed(*parts: object) -> int:
    """A seed that leaves room for the calls of one answer."""
    return zlib.crc32(repr(parts).encode()) * 16


_workers: list[Worker] = []


def begin(plan: Plan) -> None:
    """Make this process's worker."""
    _workers.append(Worker(plan))


def work(part: str, name: str) -> tuple[str, str, list[Row]]:
    """Do one part for one person in this process."""
    do = {"leaks": _workers[0].leaks, "retain": _workers[0].retain}[part]
    return part, name, do(name)


def prepare(plan: Plan, threads: int) -> None:
    """Study the model and locate the targets once, before the processes start."""
    with LlamaEngine(plan.model, threads=threads, cache_dir=plan.cache) as engine:
        editor = Editor(engine, plan.cache, plan.findings.parent / "unused")
        located(editor, plan.targets, plan.findings)


def people(half: Sequence[str], count: int) -> tuple[list[str], list[str], list[str]]:
    """(targets, kept, bystanders) of a half: kept are first those who share a name with a target.

    Bystanders are all that are not targets.
    """
    targets, rest = list(half[:count]), list(half[count:])
    words = {word for name in targets for word in name.split()}
    kept = sorted(rest, key=lambda name: not words & set(name.split()))[:count]
    return targets, kept, rest
