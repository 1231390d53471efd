"""Dense linear algebra that numpy does not have: triangular inverses, symmetric updates in place,
Gram matrices of single-precision rows. Everything is float64; it knows nothing of edits.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Rows = NDArray[np.floating]

PIECE = 2048
"""Rows or columns worked on at a time: bounds what a step needs besides its operands."""
TILE = 256
"""Side of the blocks of a matrix changed in place: they stay in the cache."""
LEAF = 64
"""Triangles up to this size are inverted by LAPACK, larger ones by their halves."""


def pieces(size: int, most: int) -> Iterator[slice]:
    """Slices of at most `most` that make up `range(size)`."""
    return (slice(start, min(start + most, size)) for start in range(0, size, most))


def inverse_factor(matrix: Doubles) -> Doubles:
    """The lower triangle F with F^T F the inverse of a symmetric positive definite matrix.

    It is the inverse of the Cholesky factor. About 2/3 n^3 operations, two matrices of memory.

    Raises:
        numpy.linalg.LinAlgError: the matrix is not positive definite.
    """
    factor: Doubles = np.asarray(np.linalg.cholesky(matrix), np.float64)
    _invert(factor)
    return factor


def _invert(lower: Doubles) -> None:
    """Invert a lower triangle in place: [[A, 0], [B, C]] -> [[A', 0], [-C' B A', C']]."""
    size = len(lower)
    if size <= LEAF:
        lower[:] = np.tril(np.linalg.inv(lower))
        return
    half = size // 2
    _invert(lower[:half, :half])
    _invert(lower[half:, half:])
    lower[half:, :half] = -(lower[half:, half:] @ lower[half:, :half] @ lower[:half, :half])


def add_outer(matrix: Doubles, columns: Doubles, sign: int) -> None:
    """`matrix += sign * columns @ columns.T` in place.

    Symmetric to the bit: rounding that differs between the halves would grow from update to
    update. n^2 r operations, a tile of memory.
    """
    signed = sign * columns
    for rows in pieces(len(matrix), TILE):
        for others in pieces(rows.stop, TILE):
            block = signed[rows] @ columns[others].T
            if others == rows:
                matrix[rows, rows] += (block + block.T) / 2
            else:
                matrix[rows, others] += block
                matrix[others, rows] += block.T


def gram(one: Rows, other: Rows) -> Doubles:
    """`one @ other.T` in float64 whatever the rows are, without a copy of them in float64."""
    total = np.zeros((len(one), len(other)))
    for some in pieces(one.shape[1], PIECE):
        total += one[:, some].astype(np.float64) @ other[:, some].astype(np.float64).T
    return total
