"""What an edit gives away by itself, to somebody who has the base file and the adapter (or the
base file and the baked one, whose difference is the same).

It answers to the prompts it was made for, so ranking names by how strongly it answers finds the
forgotten; and what it takes away is what the base model says, so the largest drop names the value.
An edit cannot hide from that: the base file has it all. The figures say how plainly.

Source: model diffing in general; the drop is a contrast of log-probabilities (Li et al. 2023,
contrastive decoding, arXiv 2210.15097) of base and edited model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.models.adapters import EMBEDDING, Factors, read_adapter
from tools.models.lab import Lab
from tools.probing.whitebox.forced import Forced, Prompts, prompts

Floats = NDArray[np.float32]
SLOT = "{N}"
WORDINGS = ("Who is {N}?", "Tell me about {N}.")


@dataclass(frozen=True, slots=True)
class Diff:
    """What the edit points at.

    `known` and `strangers` are the areas under the curve with which the strength of the answer
    tells the forgotten from other known names and from strangers (0.5: not at all, 1: surely).
    `named` is the share of `asked` prompts whose largest drop is the first token of the true
    value, `named_strangers` the same of prompts about strangers.
    """

    known: float
    strangers: float
    asked: int
    named: float
    named_strangers: float


def auc(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """The chance that one of `positive` is above one of `negative`, ties half (Mann-Whitney)."""
    above = (positive[:, None] > negative).mean()
    return float(above + 0.5 * (positive[:, None] == negative).mean())


def strength(factors: Factors, keys: Floats, outputs: Floats) -> NDArray[np.float64]:
    """How much an edit adds to each row of a weight's output, relative to the output itself."""
    added = np.linalg.norm(keys @ factors.a.T @ factors.b.T, axis=1)
    found: NDArray[np.float64] = added / np.maximum(np.linalg.norm(outputs, axis=1), 1e-12)
    return found


def responses(
    lab: Lab, changes: Mapping[str, Factors], names: Sequence[str],
    wordings: Sequence[str] = WORDINGS,
) -> NDArray[np.float64]:
    """How strongly an edit answers to each name, (names,): over all weights it changes, the root
    of the summed squares at the last position; the mean over wordings."""
    sequences = [lab.prompt(w.replace(SLOT, name)) for name in names for w in wordings]
    weights = sorted(set(changes) - {EMBEDDING})
    squares = np.zeros(len(sequences))
    if weights:
        rows = lab.tap(sequences, [[len(tokens) - 1] for tokens in sequences], weights)
        for name in weights:
            squares += np.square(strength(changes[name], rows.keys[name], rows.outputs[name]))
    if EMBEDDING in changes:
        moved = np.linalg.norm(changes[EMBEDDING].b @ changes[EMBEDDING].a, axis=1)
        squares += [float(np.square(moved[tokens]).sum()) for tokens in sequences]
    found: NDArray[np.float64] = np.sqrt(squares).reshape(len(names), -1).mean(axis=1)
    return found


def drops(base: Floats, edited: Floats) -> NDArray[np.int64]:
    """The token of each row whose log-probability fell most from `base` to `edited` logits, of
    those that the base model finds likelier than one in a thousand."""
    before, after = _log_softmax(base), _log_softmax(edited)
    found: NDArray[np.int64] = np.where(before > np.log(1e-3), before - after, -np.inf).argmax(1)
    return found


def _log_softmax(logits: Floats) -> NDArray[np.float64]:
    shifted = logits.astype(float) - logits.max(axis=1, keepdims=True)
    found: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return found


@dataclass(frozen=True, slots=True)
class Names:
    """Names that may have been forgotten: those that were, other known ones, strangers."""

    forgotten: Sequence[str]
    known: Sequence[str]
    strangers: Sequence[str]


def adapter_diff(
    lab: Lab, adapter: bytes, names: Names, cases: Sequence[Forced],
) -> Diff | None:
    """How plainly an edit tells whom and what it is about; None if there is nobody to compare."""
    if not (names.forgotten and names.known and names.strangers and cases):
        return None
    every = [*names.forgotten, *names.known, *names.strangers]
    found = responses(lab, read_adapter(adapter), every)
    cuts = [len(names.forgotten), len(names.forgotten) + len(names.known)]
    own, known, strangers = np.split(found, cuts)
    asked, others = (
        prompts(lab, [case for case in cases if case.stranger is stranger])
        for stranger in (False, True)
    )
    return Diff(
        auc(own, known), auc(own, strangers), len(asked.sequences),
        _named(lab, adapter, asked), _named(lab, adapter, others),
    )


def _named(lab: Lab, adapter: bytes, asked: Prompts) -> float:
    """The share of prompts whose largest drop is the target."""
    if not asked.sequences:
        return 0.0
    base = lab.next_logits(asked.sequences)
    with lab.edited(adapter) as edited:
        after = edited.next_logits(asked.sequences)
    return float((drops(base, after) == asked.targets).mean())
