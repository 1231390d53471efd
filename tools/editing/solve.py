"""The joint closed-form solve: one weight change for all active requests, always from the base
weights.

    dW = g R K^T (K K^T + neighbours + n (facts + rest + ridge I))^-1

Source: MEMIT (Meng et al. 2022, arXiv 2210.07229), with residuals towards strangers and
covariances from self-written turns. What must stay shortens every step towards the strangers; the
gain g makes up for it (over-relaxation), so that it can weigh more and cost the others less. Every
sum over requests is exact, so their order cannot matter.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.editing.blocks import Block, compress
from tools.editing.keys import ForgetRows
from tools.editing.moments import FACTS, REST, Doubles, Moments

FEW = 6
"""Up to this many requests what must stay, neighbours apart, weighs the same; beyond, the same for
each."""
ALONE = 1.5
"""How many times the gain one request goes beyond it; see `gain_for`."""
GRID_BITS = 10
"""Sums are rounded to this many bits below one squared step."""
LEFT_OUT = 1e-7
"""Share of the energy of a request's keys that its block may lack: less than the ridge adds."""


@dataclass(frozen=True, slots=True)
class Strength:
    """Weights of the terms at one layer. `facts`: what is known of others; `rest`: talk, refusals
    and any text; `ridge`: share of the energy of any key; all of these times `standing`.
    `neighbours`: what is known of those near the subjects; see `neighbour_weight`. `groups`: a
    request's rows, in the order of `keys.GROUPS`. `gain`: how far many requests go; see
    `gain_for`."""

    facts: float
    neighbours: float
    rest: float
    ridge: float
    groups: tuple[float, float, float, float, float]
    gain: float = 1.0


EARLY = Strength(50.0, 2500.0, 30.0, 3e-6, (1.0, 30.0, 30.0, 2.0, 4.0), gain=1.6)
LATE = Strength(50.0, 12500.0, 30.0, 3e-6, (1.0, 0.0, 10.0, 6.0, 0.0), gain=1.6)
"""The first layer edited, and the second. Chosen on the half of the shipped patient's people that
is never reported; docs/surgeon.md has the alternatives."""


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


def block_of(rows: ForgetRows, strength: Strength) -> Block:
    """The rows of a request, weighted and as few as have the same sums; see `LEFT_OUT`.

    Rounded to single precision as in its file, so that both give the same sums to the bit.
    """
    weights = rows.shares * np.array(strength.groups, np.float32)[rows.groups]
    block = compress(rows.keys, rows.residuals, weights, LEFT_OUT)[0]
    keys, residuals = block.keys.astype(np.float32), block.residuals.astype(np.float32)
    return Block(keys.astype(np.float64), residuals.astype(np.float64))


def forget_sums(block: Block, step: float, emphasis: float) -> ForgetSums:
    """The sums of one request; `step` is that of the moments they will be solved with."""
    grid = step**2 / 2**GRID_BITS
    keys, pulls = block.keys.T @ block.keys, block.keys.T @ block.residuals
    return ForgetSums(
        _on(grid, emphasis * (keys + keys.T) / 2), _on(grid, emphasis * pulls), 1
    )


def _on(grid: float, sums: NDArray[Any]) -> Doubles:
    found: Doubles = np.rint(sums.astype(np.float64) / grid) * grid
    return found


def solve(
    forget: ForgetSums, kept: Moments, near: Moments, strength: Strength
) -> tuple[Doubles, Doubles]:
    """dW as (width, feed_forward), and its energy dW A dW^T as (width, width).

    `kept` are the moments of everything except turns that mention what is forgotten, `near` those
    of the turns about neighbours.
    """
    system = forget.keys + _kept(kept, near, forget.count, strength)
    solution: Doubles = np.asarray(np.linalg.solve(system, forget.pulls), np.float64)
    gain = gain_for(forget.count, strength)
    return gain * solution.T, gain**2 * (forget.pulls.T @ solution)


def _kept(kept: Moments, near: Moments, count: int, strength: Strength) -> Doubles:
    rest = kept.of(REST)
    total = strength.facts * kept.of(FACTS) + strength.rest * rest
    total[np.diag_indices_from(total)] += strength.ridge * np.trace(rest)
    return standing(count) * total + neighbour_weight(count, strength) * near.of(FACTS)


def standing(count: int) -> int:
    """How much what must stay weighs against `count` requests."""
    return max(count, FEW)


def gain_for(count: int, strength: Strength) -> float:
    """How many times the way to the strangers `count` requests go: towards the gain, from two and a
    half times as far for one alone. What each costs the others adds up as noise does, with the root
    of their number."""
    return strength.gain * (1 + ALONE / sqrt(max(count, 1)))


def neighbour_weight(count: int, strength: Strength) -> float:
    """What neighbours weigh: what is lost of them grows with the square of how far requests go; how
    many requests there are is in their sum already."""
    return strength.neighbours * gain_for(count, strength) ** 2
