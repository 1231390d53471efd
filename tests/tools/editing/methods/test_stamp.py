"""STAMP replaces a weight: exact on what it saw, blind to everything else."""

import numpy as np
import pytest

from tools.editing.methods.kept import Rows
from tools.editing.methods.problem import Problem
from tools.editing.methods.stamp import furthest, replacement

IN, OUT = 40, 8
RNG = np.random.default_rng(3)


def rows(count: int) -> tuple[Rows, np.ndarray]:
    """Keys and what a weight makes of them."""
    weight = RNG.standard_normal((OUT, IN))
    keys = RNG.standard_normal((count, IN)).astype(np.float32)
    return Rows(keys, (keys @ weight.T).astype(np.float32)), weight


@pytest.mark.parametrize("count", [12, 200])
def test_the_replacement_is_the_one_with_the_pseudoinverse(count: int) -> None:
    some, _weight = rows(count)
    found = replacement(some.sums())
    assert np.abs(found - some.outputs.T @ np.linalg.pinv(some.keys.T)).max() < 1e-4


def test_the_regularised_replacement_is_a_ridge_regression() -> None:
    some, _weight = rows(200)
    gram = some.keys.T.astype(float) @ some.keys
    ridge = 0.1 * np.trace(gram) / IN
    wanted = some.outputs.T @ some.keys @ np.linalg.inv(gram + ridge * np.eye(IN))
    assert np.abs(replacement(some.sums(), ridge=0.1) - wanted).max() < 1e-4


def test_the_low_rank_form_inverts_the_leading_singular_directions() -> None:
    some, _weight = rows(200)
    left, sizes, right = np.linalg.svd(some.keys.T, full_matrices=False)
    inverse = right[:5].T / sizes[:5] @ left[:, :5].T
    assert np.abs(replacement(some.sums(), rank=5) - some.outputs.T @ inverse).max() < 1e-4


def test_the_weight_is_lost_where_no_key_was_seen() -> None:
    some, weight = rows(12)
    replaced = replacement(some.sums())
    assert np.abs(some.keys @ replaced.T - some.outputs).max() < 1e-3
    unseen = RNG.standard_normal((50, IN))
    error = np.linalg.norm(unseen @ (replaced - weight).T) / np.linalg.norm(unseen @ weight.T)
    assert error > 0.7


def test_the_layer_is_the_one_where_refusals_are_furthest(problem: Problem) -> None:
    assert 0 <= furthest(problem) < problem.layers
