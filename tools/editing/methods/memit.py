"""MEMIT: the least change that moves the forget keys, as measured by a covariance of other text.

    dW = R K^T (lambda C0 + K K^T)^-1

Source: Meng et al. 2022, arXiv 2210.07229, equation 14; lambda 15,000 and five layers as published
for GPT-J and in later work for Llama-3-8B.

What differs: nothing is optimised by gradient. The goal of a question is the mean stream of the
same question about strangers. C0 is of turns that the model wrote itself, not of Wikipedia. The
layers begin where the study found names recognised.
"""

from dataclasses import dataclass

import numpy as np

from tools.editing.methods.changes import Changes, Doubles
from tools.editing.methods.problem import Place, Problem
from tools.editing.methods.spread import following, spread, towards_strangers


@dataclass(frozen=True, slots=True)
class Memit:
    """`weight` is lambda; `place` was the subject's last token."""

    weight: float = 15_000.0
    layers: int = 5
    place: Place = "subject"

    def __call__(self, problem: Problem) -> Changes:
        """The changes of all layers."""

        def solved(layer: int, keys: Doubles, residuals: Doubles) -> Doubles:
            return solve(keys, residuals, problem.kept.covariance(layer), self.weight)

        layers = following(problem, self.layers)
        pull = towards_strangers(problem, self.place, layers[-1])
        return spread(problem, layers, pull, solved)


def solve(keys: Doubles, residuals: Doubles, covariance: Doubles, weight: float) -> Doubles:
    """The change (out, in) for keys (in, n) and residuals (out, n)."""
    system = weight * covariance + keys @ keys.T
    # The feed-forward units of a small model that hardly ever fire leave it nearly singular.
    system[np.diag_indices_from(system)] += 1e-9 * np.trace(system) / len(system)
    return np.asarray(np.linalg.solve(system, keys @ residuals.T).T, np.float64)
