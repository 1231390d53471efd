"""The product's own way to an answer, for the leak bench: real guard, real embedder, real stores.

Requests go through the ledger and `agents.operation` with the findings of the surgeon; questions
go through the responder's two nodes. Only the patient is wrapped, so that a temperature and a seed
can be set; a guard's own calls are sampled too, each with a seed of its own.
"""

import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from langgraph.runtime import Runtime

from agents import operation, responder
from agents.context import Context, Limits
from agents.events import AnswerGrew, Event, Plan
from agents.state import State, line_of
from bench.wrapped import Wrapped
from memory.checkpoints import Checkpoints
from memory.directory import DataDirectory
from memory.sealing import KEY_BYTES, Seal
from tools.editing.editor import Editor
from tools.editing.findings import Findings
from tools.models.embedder import Embedder
from tools.models.engine import LlamaEngine
from tools.models.types import GREEDY, Message, Sampling, Steering
from tui.compose import context_of, open_guard
from tui.settings import Settings
from tui.stores import Stores


class Sampled(Wrapped):
    """A patient whose every answer is drawn at `temperature`, with seeds that follow `seed`."""

    temperature, seed = 0.0, 0

    def stream(
        self, messages: Sequence[Message], sampling: Sampling = GREEDY,
        steering: Steering | None = None,
    ) -> Iterator[str]:
        """The engine's answer, drawn the bench's way."""
        self.seed += 1
        drawn = replace(sampling, temperature=self.temperature, seed=self.seed)
        return self._engine.stream(messages, drawn, steering)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the user saw: the text, whether it was guarded, seconds to its beginning and end."""

    text: str
    guarded: bool
    first: float = 0.0
    last: float = 0.0


class Arena:
    """One data directory in a temporary folder, with as many requests as `forget` made.

    `paced`: answers appear at ticks, as they do for a user; else at once.
    """

    def __init__(
        self, engine: LlamaEngine, embedder: Embedder, editor: Editor, *, paced: bool = False
    ) -> None:
        self._opened = ExitStack()
        folder = self._opened.enter_context(tempfile.TemporaryDirectory(prefix="leaks-"))
        directory = self._opened.enter_context(DataDirectory(Path(folder) / "data"))
        seal = Seal(os.urandom(KEY_BYTES))
        saved = self._opened.enter_context(closing(Checkpoints(directory.checkpoints, seal)))
        stores = Stores(directory, embedder, self._opened, seal)
        self.patient = Sampled(engine)
        guard = open_guard(engine, Settings(), stores)
        opened = context_of(stores, "leaks", engine, editor, saved, guard)
        limits = Limits() if paced else Limits(tick=0.0)
        self.context: Context = replace(opened, patient=self.patient, limits=limits)
        self.context.guard.learn_names(editor.study(silent).names)

    def forget(self, findings: Findings) -> None:
        """Guard the subject of `findings` as an approved request of the method `guard` does."""
        plan = Plan(
            request_id="", subject=findings.subject, aliases=findings.aliases, scope="entity",
            method="guard", memories=[], facts=findings.facts, neighbours=findings.neighbours,
            blast=None, steps=[], warnings=[], model=self.patient.info.fingerprint,
        )
        request_id = self.context.ledger.propose(
            plan, findings=asdict(findings), thread_id="leaks"
        )
        operation.operate(self.context, request_id, silent)

    def ask(self, turns: Sequence[Message], temperature: float = 0.0, seed: int = 0) -> Shown:
        """What the last of `turns` is answered in a thread of the others alone; at once."""
        self.patient.temperature, self.patient.seed = temperature, seed
        state = _state(turns)
        match = self.context.guard.screen(responder.spoken(state))
        text, match = responder.speak(state, match, self.context, lambda _event: None)
        return Shown(text, match is not None)

    def clocked(self, turns: Sequence[Message]) -> Shown:
        """The same by the graph's own two nodes, with the seconds that the asker waits."""
        self.patient.temperature, shown = 0.0, list[float]()

        def emit(event: Event) -> None:
            if isinstance(event, AnswerGrew):
                shown.append(time.perf_counter())

        runtime = Runtime(context=self.context, stream_writer=emit)
        state, started = _state(turns), time.perf_counter()
        screened = responder.screen(state, runtime)
        answered = responder.respond({**state, **screened}, runtime)
        ended = time.perf_counter()
        first = shown[0] if shown else ended
        guarded = answered["guard_id"] is not None
        return Shown(answered["answer"], guarded, first - started, ended - started)

    def close(self) -> None:
        """Close the stores and remove the folder."""
        self._opened.close()


def _state(turns: Sequence[Message]) -> State:
    lines = [line_of(message) for message in turns[:-1]]
    return State(messages=lines, turn=turns[-1].content, guard_id=None)


def located(editor: Editor, names: Sequence[str], file: Path) -> list[Findings]:
    """The surgeon's findings about `names`, from `file` where it has them."""
    kept = json.loads(file.read_text()) if file.exists() else {}
    for name in names:
        if name not in kept:
            kept[name] = asdict(editor.locate(name, silent))
            file.write_text(json.dumps(kept))
    return [Findings.from_mapping(kept[name]) for name in names]


def silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody follows."""
