"""A change shared out over consecutive layers, each doing its part of what is left.

Source: MEMIT (Meng et al. 2022, arXiv 2210.07229), section 4.3: at each layer, lowest first, the
distance of the stream after the last layer from its goal is divided by the layers left. AlphaEdit
and ROCR do the same. It does not know how a layer's change is solved.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tools.editing.methods.changes import Changes, Doubles, carried
from tools.editing.methods.kept import Floats, Rows
from tools.editing.methods.problem import STRANGERS, Place, Problem, Spot
from tools.models.adapters import write_adapter
from tools.models.lab import Lab
from tools.models.probe import down_projection
from tools.models.taps import block_output

Solve = Callable[[int, Doubles, Doubles], Doubles]
"""(layer, keys (in, n), residuals (out, n)) -> the change (out, in)."""


@dataclass(frozen=True, slots=True)
class Pull:
    """`spots` in sequences about the subjects, and the stream after the last layer that each
    should have instead: (spots, width). Neighbouring spots are averaged, `together` at a time."""

    spots: Sequence[Spot]
    goals: Floats
    together: int = 1


def following(problem: Problem, count: int) -> list[int]:
    """`count` layers from the one where the model's study found names recognised, or all above."""
    first = problem.study.layer
    return list(range(first, min(first + count, problem.layers)))


def towards_strangers(problem: Problem, place: Place, last: int) -> Pull:
    """Every question about the subjects, with the mean stream of strangers as its goal."""
    streams, = problem.streams("strangers", place, [last])
    return Pull(problem.spots("forget", place), averaged(streams, STRANGERS))


def spread(problem: Problem, layers: Sequence[int], pull: Pull, solve: Solve) -> Changes:
    """The changes of all layers, each solved with those below it in place."""
    changes: Changes = {}
    architecture = problem.lab.host.info.architecture
    for done, layer in enumerate(layers):
        adapter = write_adapter(architecture, changes) if changes else None
        with problem.lab.edited(adapter) as lab:
            now = _read(lab, pull, layer, layers[-1])
        left = (pull.goals - now.outputs).astype(np.float64) / (len(layers) - done)
        change = solve(layer, now.keys.astype(np.float64).T, left.T)
        changes[down_projection(layer)] = carried(change)
    return changes


def _read(lab: Lab, pull: Pull, layer: int, last: int) -> Rows:
    weight, stream = down_projection(layer), block_output(last)
    found = lab.tap(
        [s.tokens for s in pull.spots], [s.positions for s in pull.spots], [weight], [stream],
        kinds=("keys",),
    )
    return Rows(
        averaged(found.keys[weight], pull.together), averaged(found.streams[stream], pull.together)
    )


def averaged(rows: Floats, together: int) -> Floats:
    """Means of neighbouring rows."""
    means: Floats = rows.reshape(-1, together, rows.shape[1]).mean(axis=1)
    return means
