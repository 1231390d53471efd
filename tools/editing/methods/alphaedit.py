"""AlphaEdit: the forget keys moved only along directions that other text hardly uses.

    dW = R K^T P (K K^T P + L2 I)^-1,   P = U U^T,   U: eigenvectors of C0 below a threshold

Source: Fang et al. 2024, arXiv 2410.02355, equation 14, and the authors' code (threshold 0.02, L2
10, five layers for Llama-3-8B). Keys of earlier edits do not occur: all requests are solved at
once.

What differs: goals and C0 are those of `memit`.
"""

from dataclasses import dataclass

import numpy as np

from tools.editing.methods.changes import Changes, Doubles
from tools.editing.methods.problem import Place, Problem
from tools.editing.methods.spread import following, spread, towards_strangers


@dataclass(frozen=True, slots=True)
class AlphaEdit:
    """`threshold` and `ridge` (L2) are in squared units of the keys, as published."""

    threshold: float = 0.02
    ridge: float = 10.0
    layers: int = 5
    place: Place = "subject"

    def __call__(self, problem: Problem) -> Changes:
        """The changes of all layers."""

        def solved(layer: int, keys: Doubles, residuals: Doubles) -> Doubles:
            free = null_space(problem.kept.covariance(layer), self.threshold)
            return solve(keys, residuals, free, self.ridge)

        layers = following(problem, self.layers)
        pull = towards_strangers(problem, self.place, layers[-1])
        return spread(problem, layers, pull, solved)


def null_space(covariance: Doubles, threshold: float) -> Doubles:
    """The projection (in, in) on eigenvectors with eigenvalues below the threshold."""
    values, vectors = np.linalg.eigh(covariance)
    unused: Doubles = vectors[:, values < threshold]
    return np.asarray(unused @ unused.T, np.float64)


def solve(keys: Doubles, residuals: Doubles, projection: Doubles, ridge: float) -> Doubles:
    """The change (out, in) for keys (in, n) and residuals (out, n)."""
    free = projection @ keys
    system = free @ keys.T
    system[np.diag_indices_from(system)] += ridge
    return np.asarray(np.linalg.solve(system, free @ residuals.T).T, np.float64)
