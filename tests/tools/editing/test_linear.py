"""What numpy lacks, against what it has."""

import numpy as np
import pytest

from tools.editing import linear
from tools.editing.linear import add_outer, gram, inverse_factor

RNG = np.random.default_rng(2)


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 200])
def test_the_inverse_factor_squares_to_the_inverse(size: int) -> None:
    rows = RNG.standard_normal((size, size))
    matrix = rows @ rows.T + np.eye(size)
    factor = inverse_factor(matrix)
    assert np.array_equal(factor, np.tril(factor))
    assert np.allclose(factor.T @ factor @ matrix, np.eye(size), atol=1e-9)


def test_what_is_not_positive_definite_has_none() -> None:
    with pytest.raises(np.linalg.LinAlgError):
        inverse_factor(-np.eye(3))


@pytest.mark.parametrize("piece", [7, 50, 1000])
def test_outer_products_are_added_in_place_and_stay_symmetric(
    monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(linear, "TILE", piece)
    columns = RNG.standard_normal((50, 4))
    matrix = np.eye(50)
    add_outer(matrix, columns, -1)
    assert np.allclose(matrix, np.eye(50) - columns @ columns.T)
    assert np.array_equal(matrix, matrix.T)


@pytest.mark.parametrize("piece", [7, 1000])
def test_inner_products_of_single_precision_rows_are_double(
    monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(linear, "PIECE", piece)
    one, other = (RNG.standard_normal((n, 50)).astype(np.float32) for n in (3, 4))
    assert np.allclose(gram(one, other), one.astype(float) @ other.T.astype(float), rtol=1e-14)
