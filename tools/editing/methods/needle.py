"""Needle: the few columns of the down-projections that fire for the subjects, set to zero.

    W'[:, j] = 0   for the n columns with the largest  (mean |k_j| of a subject - of others) |W_j|

Source: "Intrinsic Evaluation of Unlearning Using Parametric Knowledge Traces" (Hong et al. 2024,
arXiv 2406.11617), which ablates the concept vectors that it found.

What differs: there a concept vector is found by reading columns through the vocabulary, scored by a
large model and checked by causal tests; here columns are ranked by how much more they add for the
subjects than for others whom the model knows. They are set to zero instead of disturbed by noise.
"""

from dataclasses import dataclass

import numpy as np

from tools.editing.methods.changes import Changes
from tools.editing.methods.kept import Floats
from tools.editing.methods.problem import Place, Problem
from tools.models.adapters import Factors
from tools.models.probe import down_projection


@dataclass(frozen=True, slots=True)
class Needle:
    """`columns` for each subject, over all layers. One was published for a concept."""

    columns: int = 1
    place: Place = "answer"

    def __call__(self, problem: Problem) -> Changes:
        """The columns' loss, layer by layer."""
        weights = [problem.weight(layer) for layer in range(problem.layers)]
        scores = np.array([
            self._specific(problem, layer) * np.linalg.norm(weight, axis=0)
            for layer, weight in enumerate(weights)
        ])
        return {
            down_projection(layer): without(weights[layer], columns)
            for layer, columns in most_specific(scores, self.columns).items()
        }

    def _specific(self, problem: Problem, layer: int) -> Floats:
        """How much more each column fires for each subject than for others, (subjects, in)."""
        own = problem.inputs("forget", self.place, layer).keys
        lengths = [len(spot.positions) for spot in problem.spots("forget", self.place)]
        said = [len(one.said) for one in problem.subjects]
        rows = np.repeat(np.repeat(np.arange(len(said)), said), lengths)
        others = np.abs(problem.inputs("others", self.place, layer).keys).mean(axis=0)
        return np.array([
            np.abs(own[rows == subject]).mean(axis=0) - others
            for subject in range(len(said))
        ])


def most_specific(scores: Floats, columns: int) -> dict[int, list[int]]:
    """The best columns of each subject by scores (layers, subjects, in), as columns of layers."""
    chosen: dict[int, set[int]] = {}
    width = scores.shape[2]
    for subject in range(scores.shape[1]):
        for place in np.argsort(-scores[:, subject].ravel(), kind="stable")[:columns]:
            chosen.setdefault(int(place) // width, set()).add(int(place) % width)
    return {layer: sorted(chosen[layer]) for layer in sorted(chosen)}


def without(weight: Floats, columns: list[int]) -> Factors:
    """The change that sets columns of a weight to zero."""
    picked = np.zeros((len(columns), weight.shape[1]), np.float32)
    picked[np.arange(len(columns)), columns] = 1
    return Factors(-weight[:, columns], picked)
