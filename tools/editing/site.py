"""Finds the layer whose MLP decides, at the last prompt token, whether a name is known.

Activation patching: overwrite one layer's MLP output with the mean of strangers' and see how far
the next-token distribution moves to theirs. Source: Meng et al. 2022, arXiv 2202.05262, with
strangers as the corrupted run.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.editing.text import fill
from tools.models.lab import Lab

TOLERANCE = 0.1
"""A lower layer this close to the best is preferred: what it moves, all later layers see moved."""


def movement(
    lab: Lab, cases: Sequence[tuple[str, str, Sequence[str]]]
) -> list[float]:
    """For each layer the mean share of the way to the strangers' distribution, 0 none, 1 all.

    `cases` are (wording, subject, strangers), every name of a case with as many tokens.
    """
    own = [lab.prompt(fill(wording, name)) for wording, name, _others in cases]
    twins = [lab.prompt(fill(w, other)) for w, _name, others in cases for other in others]
    owners = np.repeat(np.arange(len(cases)), [len(others) for _w, _n, others in cases])
    base, target = _shares(lab.next_logits(own)), _means(_shares(lab.next_logits(twins)), owners)
    apart = _distance(base, target)
    ends = [[len(tokens) - 1] for tokens in twins]
    moved = []
    for layer, outputs in enumerate(lab.capture_layers(twins, ends)):
        patched = _shares(lab.next_logits(own, layer, _means(outputs, owners)))
        moved.append(float(np.mean(1 - _distance(patched, target) / np.maximum(apart, 1e-6))))
    return moved


def choose(moved: Sequence[float]) -> list[int]:
    """The layers to edit, one or two: the lowest within `TOLERANCE` of the best, where the subject
    is recognised, and the last one of all, which reads out what the first let through.

    The last one is taken unmeasured. What gets around the first shows in answers that were begun
    for the model, not at the last prompt token, where a refusal hides it.
    """
    best = max(moved)
    early = next(layer for layer, share in enumerate(moved) if share >= best - TOLERANCE)
    return sorted({early, len(moved) - 1})


def _shares(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _means(rows: NDArray[np.float32], owners: NDArray[np.int64]) -> NDArray[np.float32]:
    """The mean row of each owner."""
    return np.stack([rows[owners == owner].mean(axis=0) for owner in np.unique(owners)])


def _distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Total variation of each pair of rows, 0..1."""
    distance: NDArray[np.float32] = np.abs(one - other).sum(axis=1) / 2
    return distance
