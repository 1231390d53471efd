"""The joint closed-form solve: one weight change for all active requests, always from the base
weights.

    dW = R K^T (K K^T + beta retained + lambda C + guard talk + ridge I)^-1

Source: MEMIT (Meng et al. 2022, arXiv 2210.07229), with residuals towards strangers and
covariances from self-written turns. Every sum over requests is exact, so their order cannot
matter.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.editing.keys import GROUPS, ForgetRows
from tools.editing.moments import Doubles, Moments
from tools.models.adapters import Factors

GRID_BITS = 10
"""Sums are rounded to this many bits below one squared step."""


@dataclass(frozen=True, slots=True)
class Strength:
    """Weights of the terms. `beta`: known facts; `guard`: talk and refusals; `covariance`: any
    text; `ridge`: share of the mean key energy; `prompts`: prompts one subject's sums stand
    for."""

    beta: float = 0.5
    guard: float = 1.0
    covariance: float = 0.3
    ridge: float = 1e-5
    prompts: float = 100.0
    answer_weight: float = 1.0
    refusal_weight: float = 0.5
    groups: tuple[float, float, float] = (1.0, 1.0, 10.0)
    """Weights of a request's rows, in the order of `keys.GROUPS`."""


@dataclass(frozen=True, slots=True)
class ForgetSums:
    """`keys` (feed_forward, feed_forward) and `pulls` (feed_forward, width) of some requests, on a
    grid on which their sums are exact; `count` is the number of requests."""

    keys: Doubles
    pulls: Doubles
    count: int

    def __add__(self, other: "ForgetSums") -> "ForgetSums":
        """Exact, hence in any order."""
        return ForgetSums(
            self.keys + other.keys, self.pulls + other.pulls, self.count + other.count
        )

    def __sub__(self, other: "ForgetSums") -> "ForgetSums":
        """Exact: takes out what was added."""
        return ForgetSums(
            self.keys - other.keys, self.pulls - other.pulls, self.count - other.count
        )


def no_requests(feed_forward: int, width: int) -> ForgetSums:
    """Nothing to forget yet."""
    return ForgetSums(np.zeros((feed_forward, feed_forward)), np.zeros((feed_forward, width)), 0)


def forget_sums(rows: ForgetRows, step: float, weights: Iterable[float]) -> ForgetSums:
    """The sums of one request, each group of rows averaged and weighted.

    `step` is that of the moments they will be solved with.
    """
    keys, pulls = 0.0, 0.0
    for group, weight in zip(GROUPS, weights, strict=True):
        picked = rows.groups == group
        if picked.any() and weight:
            some = rows.keys[picked].astype(np.float64)
            share = weight / len(some)
            keys = keys + share * (some.T @ some)
            pulls = pulls + share * (some.T @ rows.residuals[picked].astype(np.float64))
    grid = step**2 / 2**GRID_BITS
    return ForgetSums(np.rint(keys / grid) * grid, np.rint(pulls / grid) * grid, 1)


def solve(forget: ForgetSums, kept: Moments, strength: Strength) -> tuple[Doubles, Doubles]:
    """dW as (width, feed_forward), and its energy dW A dW^T as (width, width).

    `kept` are the moments of everything except turns that mention what is forgotten.
    """
    system = forget.keys + _kept(kept, forget.count, strength)
    solution: Doubles = np.asarray(np.linalg.solve(system, forget.pulls), np.float64)
    return solution.T, forget.pulls.T @ solution


def _kept(kept: Moments, count: int, strength: Strength) -> Doubles:
    facts = kept.mean("last") + strength.answer_weight * kept.mean("answer")
    talk = kept.mean("talk") + strength.refusal_weight * kept.mean("refusal")
    text = kept.mean("any")
    total = strength.beta * strength.prompts * facts
    total += count * (strength.guard * talk + strength.covariance * text)
    total[np.diag_indices_from(total)] += strength.ridge * count * np.trace(text)
    return total


def compress(change: Doubles, energy: Doubles, lost: float, most: int) -> tuple[Factors, float]:
    """The smallest rank that loses at most `lost` of the change's energy on the keys at hand.

    The best rank-r change under the metric A keeps the r leading directions of dW A dW^T. Returns
    the factors and the share lost (more than `lost` if rank `most` cannot do better).
    """
    values, vectors = np.linalg.eigh((energy + energy.T) / 2)
    values, vectors = np.maximum(values[::-1], 0), vectors[:, ::-1]
    left = 1 - np.cumsum(values) / max(float(values.sum()), 1e-300)
    rank = min(int(np.argmax(left <= lost)) + 1, most, len(values))
    kept: NDArray[np.float64] = vectors[:, :rank]
    factors = Factors(kept.astype(np.float32), (kept.T @ change).astype(np.float32))
    return factors, float(max(left[rank - 1], 0.0))
