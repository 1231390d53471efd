"""A request as the few rows that the solve needs: a block.

A request comes as thousands of captured rows, but only `K^T W K` and `K^T W R` enter the solve,
and both have the rank of the keys. It does not know what the rows were captured from.
"""

from dataclasses import dataclass

import numpy as np

from tools.editing.linear import Doubles, Rows

NOISE = 1e-14
"""Share of the largest energy below which a direction is rounding error."""


@dataclass(frozen=True, slots=True)
class Block:
    """`keys` (r, m) and `residuals` (r, d), weights included: r (m + d) numbers.

    Raises:
        ValueError: not as many of both, or not all finite.
    """

    keys: Doubles
    residuals: Doubles

    def __post_init__(self) -> None:
        if len(self.keys) != len(self.residuals):
            raise ValueError(f"{len(self.keys)} keys but {len(self.residuals)} residuals")
        # One of them would spoil the sums of all requests for good.
        if not (np.isfinite(self.keys).all() and np.isfinite(self.residuals).all()):
            raise ValueError("keys and residuals must be finite")

    def __len__(self) -> int:
        return len(self.keys)


def compress(
    keys: Rows, residuals: Rows, weights: Rows, tolerance: float
) -> tuple[Block, float]:
    """The fewest rows with the sums of a request, and the share of the keys' energy they lack.

    With `keys` K (n, m), `residuals` R (n, d) and `weights` W (n,), the block K', R' has
    K'^T K' = K^T W K and K'^T R' = K^T W R up to the directions left out, which together hold at
    most `tolerance` of tr(K^T W K). Rotating rows changes neither sum, so the rows are those of
    the singular value decomposition, found by the eigenvectors of the smaller of K K^T and K^T K:
    min(n, m)^2 max(n, m) operations.

    What is left out can matter where only the ridge holds it: choose `tolerance` so that its
    energy stays below the ridge.

    Raises:
        ValueError: a weight is negative.
    """
    if len(weights) and float(np.min(weights)) < 0:
        raise ValueError(f"weights must not be negative: {float(np.min(weights)):g}")
    root = np.sqrt(weights.astype(np.float64))[:, None]
    rows, targets = root * keys, root * residuals
    few = rows.shape[0] < rows.shape[1]
    energies, vectors = np.linalg.eigh(rows @ rows.T if few else rows.T @ rows)
    energies, vectors = np.maximum(energies[::-1], 0), vectors[:, ::-1]
    rank, lost = leading(energies, tolerance)
    energies, vectors = energies[:rank], vectors[:, :rank]
    if few:
        return Block(vectors.T @ rows, vectors.T @ targets), lost
    size = np.sqrt(energies)[:, None]
    return Block(size * vectors.T, (vectors.T @ (rows.T @ targets)) / size), lost


def leading(energies: Doubles, tolerance: float, most: int | None = None) -> tuple[int, float]:
    """How many of some falling energies leave out at most `tolerance` of their sum, and the share
    that they do leave out: more than `tolerance` if `most` of them are too few."""
    total = float(energies.sum())
    kept = int(np.count_nonzero(energies > NOISE * energies.max(initial=0.0)))
    # Summed from the smallest, so that rounding of the large ones does not hide them.
    after = np.append(np.cumsum(energies[::-1])[::-1][1:], 0.0)
    enough = int(np.argmax(after <= tolerance * total)) + 1
    rank = min(enough, kept, len(energies) if most is None else most)
    return rank, (float(after[rank - 1]) / total if rank else float(total > 0))


def stacked(*blocks: Block) -> Block:
    """One block with the rows of all."""
    return Block(
        np.concatenate([block.keys for block in blocks]),
        np.concatenate([block.residuals for block in blocks]),
    )
