"""A weight change cut down to few ranks, at a price in the objective that is known.

Under the metric A of all keys the best change of rank r keeps the r leading directions of
dW A dW^T: those are the left singular vectors of dW A^(1/2) (Eckart and Young 1936). Since dW is
where the objective is least, the energy left out is exactly what the objective rises by.
"""

import numpy as np

from tools.editing.blocks import leading
from tools.editing.linear import Doubles, Rows
from tools.models.adapters import Factors

GUESSES = 16
"""Directions sought beyond those kept."""
ROUNDS = 4
"""Times the guess is multiplied by the energy."""


def truncate(change: Doubles, energy: Doubles, lost: float, most: int) -> tuple[Factors, float]:
    """Factors of at most `most` ranks of `change` (d, m) that leave out at most the share `lost` of
    `energy` dW A dW^T (d, d); and the share left out, which is more if `most` is too few.

    No change has rank 0. Few ranks of many are found by subspace iteration (Halko, Martinsson and
    Tropp 2011, algorithm 4.4): d^2 `most` operations instead of d^3; the share is exact all the
    same, since it is what the kept directions lack of the trace.
    """
    size = len(energy)
    if 4 * (most + GUESSES) < size:
        energies, directions = _subspace((energy + energy.T) / 2, most + GUESSES)
    else:
        energies, directions = np.linalg.eigh((energy + energy.T) / 2)
    energies, directions = np.maximum(energies[::-1], 0), directions[:, ::-1]
    # What no direction found holds still counts as left out, as one more direction.
    rest = max(float(np.trace(energy)) - float(energies.sum()), 0.0)
    rank, share = leading(np.append(energies, rest), lost, min(most, len(energies)))
    kept = directions[:, :rank]
    return _factors(kept, kept.T @ change), share


def _subspace(energy: Doubles, count: int) -> tuple[Doubles, Doubles]:
    """Rising energies and directions of the leading subspace of a symmetric matrix."""
    guess = np.random.default_rng(0).standard_normal((len(energy), count))
    for _ in range(ROUNDS):
        guess = np.linalg.qr(energy @ guess)[0]
    energies, turns = np.linalg.eigh(guess.T @ energy @ guess)
    return energies, guess @ turns


def truncate_product(
    left: Doubles, right: Rows, root: Doubles, lost: float, most: int
) -> tuple[Factors, float]:
    """The same for a change `left` (d, k) @ `right` (k, m) whose energy is `root`^T `root`, `root`
    (k, d); never a d x d nor a d x m matrix."""
    _, sizes, directions = np.linalg.svd(root, full_matrices=False)
    rank, share = leading(sizes**2, lost, most)
    kept = directions[:rank].T
    return _factors(kept, (kept.T @ left) @ right), share


def _factors(b: Doubles, a: Doubles) -> Factors:
    return Factors(np.ascontiguousarray(b, np.float32), np.ascontiguousarray(a, np.float32))
