"""The logit lens on a forgotten subject: does the value stand in the residual stream of an inner
block, though the answer does not say it?

Source: nostalgebraist 2020, "interpreting GPT: the logit lens"; as a test of erasure: Patil et al.
2024 (arXiv 2309.17410). Differs: each layer stands beside the same prompts about strangers, since
the right kind of value is likely after "was born in" whoever is meant.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tools.models.lab import Lab
from tools.models.taps import block_output
from tools.probing.whitebox.forced import Forced, Prompts, prompts
from tools.probing.whitebox.readout import Readout, Told

TOP = 10
"""Ranks that count as near the top."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How the true value's first token stands: share of prompts where it is `first`, share where
    it is among the `TOP` first, median rank (0 is first), mean probability."""

    first: float
    top: float
    rank: float
    probability: float


@dataclass(frozen=True, slots=True)
class Layer:
    """After one block: the forgotten in the edited and the unedited model; `strangers` are the
    unedited model's, and what a perfect erasure would show."""

    layer: int
    edited: Seen
    unedited: Seen
    strangers: Seen

    @property
    def excess(self) -> float:
        """How much more often than about strangers the true value would be said."""
        return self.edited.first - self.strangers.first


@dataclass(frozen=True, slots=True)
class Lens:
    """Every layer's figures, lowest first, over `asked` prompts about the forgotten."""

    asked: int
    layers: tuple[Layer, ...]

    @property
    def worst(self) -> Layer:
        """The layer that shows most beyond chance."""
        return max(self.layers, key=lambda layer: layer.excess)


def seen(told: Told) -> Seen:
    """The figures of one layer's ranks and probabilities."""
    return Seen(
        float((told.ranks == 0).mean()), float((told.ranks < TOP).mean()),
        float(np.median(told.ranks)), float(told.probabilities.mean()),
    )


def logit_lens(
    lab: Lab, adapter: bytes, readout: Readout, cases: Sequence[Forced], *, begun: bool = True
) -> Lens | None:
    """The lens over cases about the forgotten and about strangers; None if one of them has none.

    `begun` reads where the value would come next, else behind the bare question.
    """
    own, others = (
        prompts(lab, [case for case in cases if case.stranger is stranger], begun=begun)
        for stranger in (False, True)
    )
    if not own.sequences or not others.sequences:
        return None
    with lab.edited(adapter) as edited:
        after = _tell(edited, readout, own)
    before, strangers = _tell(lab, readout, own), _tell(lab, readout, others)
    rows = enumerate(zip(after, before, strangers, strict=True))
    return Lens(len(own.sequences), tuple(Layer(number, *row) for number, row in rows))


def _tell(lab: Lab, readout: Readout, asked: Prompts) -> list[Seen]:
    """What the stream after every block says at the last position."""
    names = [block_output(layer) for layer in range(lab.host.info.layers)]
    last = [[len(tokens) - 1] for tokens in asked.sequences]
    streams = lab.tap(asked.sequences, last, streams=names).streams
    return [seen(readout.tell(streams[name], asked.targets)) for name in names]
