"""LUNAR, as the ridge regression that its training is: forget tokens steered towards refusals.

    minimise  |dW F - c r 1^T|^2 + |dW R|^2 + lambda |dW|^2
    dW = c r 1^T F^T (F F^T + R R^T + lambda I)^-1

r is the mean stream after the block at the last token of refused questions minus that of questions
about the subjects; F are inputs of the down-projection for the subjects, R those of a retain
buffer. The block's output is its MLP's plus what stays, so the MLP's target moves by c r.

Source: Shen et al. 2025, arXiv 2502.07218, and the authors' code (c = 2, all tokens of the
questions, one layer).

What differs: the published optimum is approached by AdamW in 10 to 20 epochs, which is a ridge by
early stopping; here it is solved. The paper picks the layer by how alike steered answers are to
refusals; here it is the layer at which steering moves the next token closest to that of refusals.
The retain buffer is of self-written turns, answers included.
"""

from dataclasses import dataclass

import numpy as np

from tools.editing.methods.changes import Changes, Doubles, carried
from tools.editing.methods.kept import Floats
from tools.editing.methods.problem import Place, Problem
from tools.models.probe import down_projection
from tools.models.taps import Want, block_output

TRIED = 60
"""Questions that a layer is chosen by, spread over the subjects."""


@dataclass(frozen=True, slots=True)
class Lunar:
    """`ridge` is a share of the mean eigenvalue of R R^T; `layer` None is by steering."""

    strength: float = 2.0
    ridge: float = 1e-4
    place: Place = "prompt"
    layer: int | None = None

    def __call__(self, problem: Problem) -> Changes:
        """The change of one layer."""
        steering = [self.strength * r for r in directions(problem)]
        layer = steered_best(problem, steering) if self.layer is None else self.layer
        forget = problem.inputs("forget", self.place, layer).keys
        retain = problem.kept.sums(layer, problem.names).keys
        change = solve(forget, retain, steering[layer], self.ridge)
        return {down_projection(layer): carried(change)}


def solve(forget: Floats, retain: Doubles, steering: Floats, ridge: float) -> Doubles:
    """The change (out, in) that adds `steering` (out,) to the outputs for forget keys (n, in) and
    nothing for the keys whose k k^T sum to `retain` (in, in), in the least squares. `ridge` is a
    share of the mean of the diagonal of `retain`."""
    some = forget.astype(np.float64)
    system = some.T @ some + retain
    system[np.diag_indices_from(system)] += ridge * np.trace(retain) / len(retain)
    reached = np.linalg.solve(system, some.sum(axis=0))
    return np.outer(steering, reached)


def directions(problem: Problem) -> list[Floats]:
    """r of every layer."""
    layers = range(problem.layers)
    refused = problem.streams("refusals", "last", layers)
    own = problem.streams("forget", "last", layers)
    return [one.mean(axis=0) - other.mean(axis=0) for one, other in zip(refused, own, strict=True)]


def steered_best(problem: Problem, steering: list[Floats]) -> int:
    """The layer whose steering brings the next token closest to that of refusals."""
    spots, refused = problem.spots("forget", "last"), problem.spots("refusals", "last")
    some = slice(None, None, -(-len(spots) // TRIED))
    own = [spot.tokens for spot in spots[some]]
    wanted = _shares(problem.lab.next_logits([spot.tokens for spot in refused])).mean(axis=0)
    streams = problem.streams("forget", "last", range(problem.layers))
    apart = []
    for layer, (rows, step) in enumerate(zip(streams, steering, strict=True)):
        stream = Want("streams", block_output(layer))
        moved = problem.lab.patched_logits(own, {stream: rows[some] + step})
        apart.append(float(np.abs(_shares(moved) - wanted).sum(axis=1).mean()))
    return int(np.argmin(apart))


def _shares(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares
