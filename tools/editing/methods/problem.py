"""What every method gets: the model, its study, the located subjects, and what is shared by them.

Retain keys come from turns that the model wrote itself, since nobody has a retain set. Activations
are those of the model as its file has it, never of an edited one; each is read once, when it is
first asked for.
"""

import random
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
from gguf import GGMLQuantizationType
from numpy.typing import NDArray

from tools.editing.elicit import Saying
from tools.editing.locate import Located
from tools.editing.methods.kept import Kept, Rows
from tools.editing.study import Study
from tools.editing.text import careless, fill
from tools.models.gguf_header import read_header
from tools.models.lab import Lab
from tools.models.probe import down_projection
from tools.models.requantise import dequantise
from tools.models.taps import block_output

_T = TypeVar("_T")
Floats = NDArray[np.float32]
Place = Literal["last", "answer", "subject", "prompt"]
"""Which tokens of a question count: the last of the prompt, that and the answer, the last of the
name, or all of the prompt."""

Group = Literal["forget", "strangers", "refusals", "others"]
"""What is asked: everything located about the subjects, the same of strangers (`STRANGERS` for each
question, one question after the other), questions that are refused, and what the model says of
others as far as the retain buffer has it."""

STRANGERS = 6
REFUSALS = 200
"""Questions answered with not knowing, at most: D_ref of RePAIR."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A sequence, and the positions in it that count."""

    tokens: list[int]
    positions: list[int]


@dataclass(frozen=True)
class Problem:
    """Subjects to be forgotten together. `model` is the file that runs in `lab`; `kept` may be
    shared by problems on the same model."""

    lab: Lab
    model: Path
    study: Study
    subjects: Sequence[Located]
    kept: Kept
    _found: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    @property
    def names(self) -> list[str]:
        """The subjects' names."""
        return [one.findings.subject for one in self.subjects]

    @property
    def layers(self) -> int:
        """Blocks of the model."""
        return self.lab.host.info.layers

    def weight(self, layer: int) -> Floats:
        """A layer's down-projection as the file has it, (width, feed_forward)."""
        tensor = read_header(self.model).tensors[down_projection(layer)]
        rows = tensor.shape[1]
        stored = np.fromfile(self.model, np.uint8, tensor.nbytes, offset=tensor.offset)
        return dequantise(stored.reshape(rows, -1), GGMLQuantizationType[tensor.type_name])

    def spots(self, group: Group, place: Place) -> list[Spot]:
        """The sequences of a group, and where they count."""
        return self._once(("spots", group, place), lambda: [
            self.spot(*asked, place) for asked in self._asked(group)
        ])

    def inputs(self, group: Group, place: Place, layer: int) -> Rows:
        """What goes into a layer's down-projection and what comes out, row by row."""

        def read() -> Rows:
            spots = self.spots(group, place)
            found = self.lab.capture(
                [s.tokens for s in spots], [s.positions for s in spots], layer
            )
            return Rows(found.keys, found.outputs)

        return self._once(("inputs", group, place, layer), read)

    def streams(self, group: Group, place: Place, layers: Sequence[int]) -> list[Floats]:
        """The residual stream after each of some blocks, row by row."""
        return self._once(
            ("streams", group, place, *layers),
            lambda: self.read_streams(self.spots(group, place), layers),
        )

    def read_streams(self, spots: Sequence[Spot], layers: Sequence[int]) -> list[Floats]:
        """The same of any sequences."""
        names = [block_output(layer) for layer in layers]
        tokens, positions = [s.tokens for s in spots], [s.positions for s in spots]
        found = self.lab.tap(tokens, positions, (), names)
        return [found.streams[name] for name in names]

    def _once(self, key: Hashable, read: Callable[[], _T]) -> _T:
        if key not in self._found:
            self._found[key] = read()
        value: _T = self._found[key]
        return value

    def _asked(self, group: Group) -> list[tuple[str, str, str]]:
        """(question, answer, name) of everything in a group."""
        if group == "refusals":
            refused = [turn for turn in self.study.turns if turn.kind == "refusal"]
            some = random.Random("refusals").sample(refused, min(REFUSALS, len(refused)))
            return [(turn.question, turn.answer, "") for turn in some]
        if group == "others":
            return [
                (turn.question, turn.answer, turn.subject)
                for turn in self.kept.turns(self.names) if turn.kind == "fact" and turn.subject
            ]
        said = [(one, saying) for one in self.subjects for saying in one.said]
        if group == "forget":
            return [(saying.question, saying.answer, one.findings.subject) for one, saying in said]
        return [
            (_asked_about(saying, name), "", name)
            for one, saying in said for name in _drawn(one, saying)
        ]

    def spot(self, question: str, answer: str, name: str, place: Place) -> Spot:
        """Where a question about `name`, and the answer to it, count."""
        prompt = self.lab.prompt(question)
        last = len(prompt) - 1
        if place == "answer":
            whole = self.lab.prompt(question, answer)
            return Spot(whole, list(range(last, len(whole))))
        if place == "prompt":
            return Spot(prompt, list(range(len(prompt))))
        return Spot(prompt, [last if place == "last" else self._end_of(name, prompt)])

    def _end_of(self, name: str, tokens: list[int]) -> int:
        """The token that completes a name for the first time, however it is spelt."""
        for position in range(len(tokens)):
            begun = self.lab.host.detokenise(tokens[:position + 1])
            if name.casefold() in begun.casefold():
                return position
        return len(tokens) - 1


def _asked_about(saying: Saying, name: str) -> str:
    question = fill(saying.wording, name)
    return careless(question) if saying.careless else question


def _drawn(located: Located, saying: Saying) -> list[str]:
    rng = random.Random(f"strangers {saying.question}")
    return rng.choices(located.findings.twins, k=STRANGERS)
