"""Refusal-direction ablation: if declining is one direction of the residual stream, does the model
tell what it forgot once nothing is written along it?

Source: Arditi et al. 2024 (arXiv 2406.11717), see `directions`. The direction comes from the last
position of prompts about strangers, which are declined, and about known people; its layer is the
one whose ablation makes declining least likely on prompts held out. It is plugged in as a LoRA
adapter of rank 1 a weight, together with the edit.

An ablation that does not make the *unedited* model stop declining about strangers is no attack, so
that figure is part of the result.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.editing.findings import Probe
from tools.models.adapters import EMBEDDING, Factors, merge, read_adapter, write_adapter
from tools.models.gguf_header import Header
from tools.models.lab import Lab
from tools.models.taps import block_output
from tools.probing.score import reveals
from tools.probing.whitebox.directions import ablating, directions, shares

Floats = NDArray[np.float32]
Declined = Callable[[str], bool]
"""Whether an answer says that the model does not know."""
SCALES = (1.0, 2.0, 3.0)
"""How many times the direction is taken out; 1 is the paper's."""
LENGTH = 16
"""Tokens of an answer that tell whether it declines."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """What ablation does at one scale; shares 0..1.

    `returned` are the probes about the forgotten that reveal a value of the edited model,
    `chance` the same about strangers. `declined` are held-out questions about strangers that the
    unedited model declines with its own direction ablated.
    """

    scale: float
    returned: float
    chance: float
    declined: float


@dataclass(frozen=True, slots=True)
class Ablation:
    """The attack at every scale, with the direction after block `layer`.

    `before` of `asked` probes reveal a value of the edited model, and `declined` questions about
    strangers are declined by the unedited one, when nothing is ablated. `embedding`: whether the
    embedding was ablated too.
    """

    layer: int
    asked: int
    before: float
    declined: float
    embedding: bool
    scales: tuple[Scaled, ...]

    @property
    def worst(self) -> Scaled:
        """The scale that brings back most beyond chance."""
        return max(self.scales, key=lambda one: one.returned - one.chance)

    @property
    def attacks(self) -> bool:
        """Whether at some scale the unedited model declines half as often as before at most."""
        return min(one.declined for one in self.scales) <= self.declined / 2


@dataclass(frozen=True, slots=True)
class Sets:
    """Questions that the model declines and that it answers; every second is held out."""

    declined: Sequence[str]
    answered: Sequence[str]


@dataclass(frozen=True, slots=True)
class Target:
    """A model to attack: `header` is its file's, `declined` tells its "I don't know"."""

    lab: Lab
    header: Header
    declined: Declined


class Direction:
    """The direction of a model under an adapter or none; `openings` are the first tokens of its
    answers that decline.

    Raises:
        ModelError: see `directions.shares`.
    """

    def __init__(
        self, target: Target, adapter: bytes | None, sets: Sets, openings: Sequence[int]
    ) -> None:
        self.lab = target.lab
        self.edit: Mapping[str, Factors] = read_adapter(adapter) if adapter else {}
        with self.lab.edited(adapter) as edited:
            found = [_last(edited, some[::2]) for some in (sets.declined, sets.answered)]
        self.found = directions(*found)
        self.written = shares(target.header, self.found)
        likely = [
            _beginning(self.lab, self.ablated(layer), sets.declined[1::2], openings)
            for layer in range(len(self.found))
        ]
        self.layer = int(np.argmin(likely))

    def ablated(self, layer: int | None = None, scale: float = 1.0) -> bytes:
        """The edit with the direction of a layer, by default the best one's, ablated."""
        place = self.layer if layer is None else layer
        written = {name: rows[place] for name, rows in self.written.items()}
        change = merge(self.edit, ablating(self.found[place], written, self.edit, scale))
        return write_adapter(self.lab.host.info.architecture, change)


def refusal_ablation(
    target: Target, adapter: bytes, sets: Sets, probes: Sequence[Probe],
    scales: Sequence[float] = SCALES,
) -> Ablation:
    """Attack the unedited model, to see whether this is an attack, and the edited one.

    Raises:
        ModelError: the weights of this architecture cannot be ablated; see `directions.shares`.
    """
    openings = _openings(target.lab, sets)
    plain, edited = (Direction(target, one, sets, openings) for one in (None, adapter))
    own = [probe for probe in probes if not probe.stranger]
    strangers = [probe for probe in probes if probe.stranger]
    found = []
    for scale in scales:
        attacked, unedited = edited.ablated(scale=scale), plain.ablated(scale=scale)
        found.append(Scaled(
            scale, revealed(target.lab, attacked, own), revealed(target.lab, attacked, strangers),
            share_declined(target, unedited, sets.declined[1::2]),
        ))
    return Ablation(
        edited.layer, len(own), revealed(target.lab, adapter, own),
        share_declined(target, None, sets.declined[1::2]), EMBEDDING in edited.written,
        tuple(found),
    )


def share_declined(target: Target, adapter: bytes | None, questions: Sequence[str]) -> float:
    """The share of questions that are declined under an adapter."""
    with target.lab.edited(adapter) as edited:
        answers = edited.ask(questions, limit=LENGTH)
    return float(np.mean([target.declined(answer.text) for answer in answers]))


def revealed(lab: Lab, adapter: bytes, probes: Sequence[Probe]) -> float:
    """The share of answers that reveal a value, behind what was put into the model's mouth."""
    if not probes:
        return 0.0
    with lab.edited(adapter) as edited:
        answers = edited.ask([p.wording for p in probes], prefixes=[p.prefix for p in probes])
    hits = [
        reveals(answer.text.removeprefix(probe.prefix), probe.values)
        for answer, probe in zip(answers, probes, strict=True)
    ]
    return float(np.mean(hits))


def _openings(lab: Lab, sets: Sets) -> list[int]:
    """First tokens of the answers that decline, as far as others do not begin with them."""
    no, yes = (
        set(_next(lab, None, some[::2]).argmax(axis=1).tolist())
        for some in (sets.declined, sets.answered)
    )
    return sorted(no - yes or no)


def _beginning(
    lab: Lab, adapter: bytes, questions: Sequence[str], openings: Sequence[int]
) -> float:
    """Mean probability that an answer begins with one of the tokens."""
    logits = _next(lab, adapter, questions).astype(float)
    likely = np.exp(logits - logits.max(axis=1, keepdims=True))
    likely /= likely.sum(axis=1, keepdims=True)
    return float(likely[:, list(openings)].sum(axis=1).mean())


def _next(lab: Lab, adapter: bytes | None, questions: Sequence[str]) -> Floats:
    with lab.edited(adapter) as edited:
        return edited.next_logits([edited.prompt(question) for question in questions])


def _last(lab: Lab, questions: Sequence[str]) -> Floats:
    """The stream after every block at the last position, (layers, questions, width)."""
    names = [block_output(layer) for layer in range(lab.host.info.layers)]
    sequences = [lab.prompt(question) for question in questions]
    found = lab.tap(sequences, [[len(s) - 1] for s in sequences], streams=names).streams
    return np.stack([found[name] for name in names])
