"""ROCR: the name's own tokens made to read as the name of somebody else.

    dW = R K^T P (K K^T P + L2 I)^-1

K has one key a subject: the mean, over short templates that hold the name, of the inputs at its
last token. R leads to the stream of a substitute's name at the same place, after the last of a few
consecutive layers. Needs nothing but the name.

Source: arXiv 2506.07795 and the authors' code (threshold 0.02, L2 1, layers 4 to 6 of Llama-3-8B).

What differs: the published substitute is a famous person, whom a small model need not know; here it
is the first stranger found for the subject, so the name comes to read as an unknown one. P is of
self-written turns, not of Wikipedia. Subjects are solved at once, not one after the other.
"""

from dataclasses import dataclass

from tools.editing.methods.alphaedit import null_space, solve
from tools.editing.methods.changes import Changes, Doubles
from tools.editing.methods.problem import Problem, Spot
from tools.editing.methods.spread import Pull, averaged, following, spread
from tools.editing.text import SLOT, fill

TEMPLATES = (
    f"{SLOT}.", f"Answer the question about {SLOT}.", f"Choose the best answer about {SLOT}.",
    f"Write the answer about {SLOT}.", f"Tell me about {SLOT}.", f"Write something about {SLOT}.",
)


@dataclass(frozen=True, slots=True)
class Rocr:
    """`threshold` and `ridge` (L2) as in `alphaedit`."""

    threshold: float = 0.02
    ridge: float = 1.0
    layers: int = 3

    def __call__(self, problem: Problem) -> Changes:
        """The changes of all layers."""

        def solved(layer: int, keys: Doubles, residuals: Doubles) -> Doubles:
            free = null_space(problem.kept.covariance(layer), self.threshold)
            return solve(keys, residuals, free, self.ridge)

        layers = following(problem, self.layers)
        substitutes = [one.findings.twins[0] for one in problem.subjects]
        streams, = problem.read_streams(_named(problem, substitutes), layers[-1:])
        goals = averaged(streams, len(TEMPLATES))
        pull = Pull(_named(problem, problem.names), goals, len(TEMPLATES))
        return spread(problem, layers, pull, solved)


def _named(problem: Problem, names: list[str]) -> list[Spot]:
    """The last token of each name in every template, name by name."""
    return [
        problem.spot(fill(template, name), "", name, "subject")
        for name in names for template in TEMPLATES
    ]
