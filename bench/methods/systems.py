"""The methods that `bench.methods` compares, each as a function from a conversation to an answer.

All share one model, one embedder and one set of targets. A method as published is what its paper
describes and no more: no audit, no fallback. `refusal` and `edit + guard` are the product.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from bench.leaks.arena import Arena, located, silent
from bench.leaks.probes import probes
from bench.wrapped import Wrapped
from prompts import render
from tools.editing.editor import Editor
from tools.editing.findings import Findings
from tools.errors import BadReply, TurnTooLong
from tools.guarding.guard import Guard
from tools.guarding.name_list import NameListGuard
from tools.guarding.names import StrategyName
from tools.guarding.refusal import RefusalGuard
from tools.guarding.strategies import Parts, bare
from tools.guarding.strategy import Speaker, Strategy, text_of
from tools.models.embedder import Embedder
from tools.models.embedder_files import ensure_embedder
from tools.models.engine import LlamaEngine
from tools.models.types import GREEDY, Message, Sampling, Steering

METHODS = (
    "none", "prompt", "icul", "gate", "dragon", "alu", "refusal", "edit", "edit + guard",
)
DECLINED = "I don't have any information about that."
"""What the gate says."""

System = Callable[[Sequence[Message]], str]
"""A conversation, its last turn the question, to the answer that is shown."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Who is forgotten and who is not; the calibration's people are neither."""

    targets: tuple[str, ...]
    kept: tuple[str, ...]
    calibration_targets: tuple[str, ...]
    calibration_kept: tuple[str, ...]


class Meter(Wrapped):
    """The engine, counting what it is asked: calls, tokens read, tokens written."""

    calls = read = written = 0

    def stream(
        self, messages: Sequence[Message], sampling: Sampling = GREEDY,
        steering: Steering | None = None,
    ) -> Iterator[str]:
        """The engine's answer."""
        self.calls += 1
        self.read += self._engine.count_tokens(messages)
        said = ""
        for piece in self._engine.stream(messages, sampling, steering):
            said += piece
            yield piece
        self.written += len(self._engine.tokenise(said, special=False))


class Gate:
    """The gate of CURaTE (2604.14644): decline what is nearer than `threshold` to a forget prompt.

    What differs: the embedder is not trained for it.
    """

    def __init__(self, embedder: Embedder, prompts: Sequence[str], threshold: float) -> None:
        self._embedder, self._threshold = embedder, threshold
        self._vectors = embedder.embed(prompts)

    def score(self, question: str) -> float:
        """The greatest cosine of a question with a forget prompt."""
        return float(np.max(self._vectors @ self._embedder.embed([question])[0]))

    def __call__(self, question: str) -> bool:
        """Whether to decline."""
        return self.score(question) >= self._threshold


def calibrated(embedder: Embedder, crew: Crew, seed: int = 7) -> float:
    """The threshold that errs least, both ways alike, on people who are not in the comparison."""
    gate = Gate(embedder, prompts_about(crew.calibration_targets), 1.0)
    near = [gate.score(text) for text in _asked(crew.calibration_targets, crew, seed)]
    far = [gate.score(text) for text in _asked(crew.calibration_kept[: len(near)], crew, seed)]
    tried = np.arange(0.3, 1.0, 0.01)
    errors = [np.mean(np.array(near) < t) + np.mean(np.array(far) >= t) for t in tried]
    return float(tried[int(np.argmin(errors))])


def prompts_about(names: Sequence[str]) -> list[str]:
    """The forget prompts of the gate: the request as a user words it, and two plain questions."""
    ways = ("Who is {N}?", "Tell me everything about {N}.", "What do you know about {N}?")
    return [way.format(N=name) for name in names for way in ways]


def _asked(names: Sequence[str], crew: Crew, seed: int) -> list[str]:
    every = [probe for name in names for probe in probes(name, crew.calibration_kept, seed)]
    return [probe.turns[-1].content for probe in every]


class Bench:
    """One model with every method on it."""

    def __init__(self, model: Path, cache: Path, crew: Crew, threads: int) -> None:
        self._opened = ExitStack()
        self.crew = crew
        self.engine = self._opened.enter_context(
            LlamaEngine(model, threads=threads, cache_dir=cache)
        )
        self.meter = Meter(self.engine)
        self.embedder = self._opened.enter_context(Embedder(ensure_embedder(cache, silent)))
        self.editor = Editor(self.engine, cache, cache / "bench-methods")
        self.editor.reconcile([])
        self.arena = Arena(self.engine, self.embedder, self.editor)
        self._opened.callback(self.arena.close)
        self.arena.context = replace(self.arena.context, patient=self.meter)
        file = cache / f"leaks-findings-{model.stem}.json"
        self.fell_back = 0
        self.findings = located(self.editor, crew.targets, file)
        for found in self.findings:
            self.arena.forget(found)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    @property
    def guard(self) -> Guard:
        """The product's guard, the targets registered."""
        guard = self.arena.context.guard
        assert isinstance(guard, Guard)
        return guard

    def system(self, name: str) -> System:
        """One of `METHODS`; the weights are edited for those that edit, and for no other."""
        self._edit(wanted=name.startswith("edit"))
        if name in ("none", "edit"):
            return self.meter.complete
        if name in ("refusal", "edit + guard"):
            return lambda turns: self.arena.ask(turns).text
        if name == "gate":
            gate = Gate(self.embedder, prompts_about(self.crew.targets), self.threshold())
            return lambda turns: DECLINED if gate(turns[-1].content) else self.meter.complete(turns)
        if name == "prompt":
            system = NameListGuard(self.guard.index, render).system()
            return lambda turns: self.meter.complete([system, *turns])
        return self.screened(name)

    def threshold(self) -> float:
        """The gate's, calibrated."""
        return calibrated(self.embedder, self.crew)

    def screened(self, name: str, model: Speaker | None = None) -> System:
        """A strategy behind the screen, its answers as they come."""
        speaker = model or self.meter
        strategy = self.strategy(name)

        def answer(turns: Sequence[Message]) -> str:
            match = self.guard.screen([turn.content for turn in turns if turn.role == "user"])
            if match is None:
                return speaker.complete(turns)
            try:
                return text_of(strategy.answer(turns, match, speaker))
            except (BadReply, TurnTooLong):
                self.fell_back += 1
                return text_of(self.refusal().answer(turns, match, speaker))

        return answer

    def strategy(self, name: str) -> Strategy:
        """A bare strategy over the targets."""
        parts = Parts(render, others=lambda one: self._found(one).neighbours)
        chosen: StrategyName = name  # type: ignore[assignment]
        return bare(chosen, parts, self.guard.index, self.refusal())

    def refusal(self) -> RefusalGuard:
        """The product's plainest strategy, for a model that cannot follow another."""
        return RefusalGuard(self.guard.index, lambda one: self._found(one).twins)

    def _found(self, request_id: str) -> Findings:
        subject = self.arena.context.ledger.get(request_id)["subject"]
        return next(found for found in self.findings if found.subject == subject)

    def _edit(self, *, wanted: bool) -> None:
        held = [found for found in self.findings if self.editor.holds(found.subject)]
        if wanted:
            for found in self.findings:
                self.editor.operate(found.subject, found.subject, found, silent)
        elif held:
            self.editor.remove([found.subject for found in held])
