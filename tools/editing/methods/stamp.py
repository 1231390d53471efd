"""STAMP: the down-projection of one layer replaced, forget tokens sent to a mean of refusals.

    W' = [T_F  T_R] [F  R]^+        T_F = mu_ref 1^T,  T_R = W R

Source: RePAIR (Rachapudi et al. 2026, arXiv 2604.12820). F and R are inputs of the projection at
forget tokens and at tokens of a retain buffer, mu_ref the mean output at the last token of up to
200 questions that are refused. STAMP-LR keeps the leading `rank` directions of [F R] (64 to 128);
with `ridge` the pseudoinverse is regularised. The layer is the one where forget and refusal
activations are furthest apart by cosine.

What differs: the paper's equations could not be had in full, so this is what its summaries agree
on, with alpha = 1; the buffer is of self-written turns; the low-rank form saves no time here, since
it is taken from the same eigenvectors. A replacement forgets what W does outside the span of
[F R]: that is the method, not an oversight.
"""

from dataclasses import dataclass

import numpy as np

from tools.editing.methods.changes import Changes, Doubles, carried
from tools.editing.methods.kept import Floats, Rows, Sums
from tools.editing.methods.problem import Place, Problem
from tools.models.probe import down_projection

NULL = 1e-12
"""Eigenvalues of [F R][F R]^T below this share of the largest are rounding of float32."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """`ridge` is a share of the mean eigenvalue; `layer` None is the paper's rule."""

    place: Place = "answer"
    ridge: float = 0.0
    rank: int | None = None
    layer: int | None = None

    def __call__(self, problem: Problem) -> Changes:
        """W' - W of the layer."""
        layer = furthest(problem) if self.layer is None else self.layer
        forget = problem.inputs("forget", self.place, layer).keys
        refusal = problem.inputs("refusals", "last", layer).outputs.mean(axis=0)
        targets = np.tile(refusal, (len(forget), 1))
        some, rest = Rows(forget, targets).sums(), problem.kept.sums(layer, problem.names)
        both = Sums(some.keys + rest.keys, some.outputs + rest.outputs)
        replaced = replacement(both, self.ridge, self.rank)
        return {down_projection(layer): carried(replaced - problem.weight(layer))}


def replacement(sums: Sums, ridge: float = 0.0, rank: int | None = None) -> Doubles:
    """Y X^+ as (out, in), or Y X^T (X X^T + ridge m I)^-1 with m the mean eigenvalue of X X^T, from
    X X^T and Y X^T; with `rank` only the leading directions of X count."""
    values, vectors = np.linalg.eigh(sums.keys)
    counted = values > NULL * values[-1]
    if rank is not None:
        counted[:-rank] = False
    kept = vectors[:, counted]
    replaced: Doubles = (sums.outputs @ kept) / (values[counted] + ridge * values.mean()) @ kept.T
    return replaced


def furthest(problem: Problem) -> int:
    """The layer with the largest cosine distance between the mean outputs of its MLP for questions
    about the subjects and for refused ones, at the last prompt token."""
    apart = []
    for layer in range(problem.layers):
        own = problem.inputs("forget", "last", layer).outputs.mean(axis=0)
        refused = problem.inputs("refusals", "last", layer).outputs.mean(axis=0)
        apart.append(_distance(own, refused))
    return int(np.argmax(apart))


def _distance(one: Floats, other: Floats) -> float:
    return 1 - float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))
