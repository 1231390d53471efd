"""MEMIT meets its goals where text leaves room and gives way to text elsewhere."""

import numpy as np

from tools.editing.methods.memit import solve

IN, OUT = 30, 7
RNG = np.random.default_rng(4)
KEYS, RESIDUALS = RNG.standard_normal((IN, 5)), RNG.standard_normal((OUT, 5))


def test_the_change_is_that_of_the_formula() -> None:
    text = RNG.standard_normal((IN, 100))
    covariance = text @ text.T / 100
    inverse = np.linalg.inv(3.0 * covariance + KEYS @ KEYS.T)
    wanted = RESIDUALS @ KEYS.T @ inverse
    assert np.abs(solve(KEYS, RESIDUALS, covariance, 3.0) - wanted).max() < 1e-6


def test_a_small_weight_meets_the_goals() -> None:
    change = solve(KEYS, RESIDUALS, np.eye(IN), 1e-6)
    assert np.abs(change @ KEYS - RESIDUALS).max() < 1e-4


def test_a_large_weight_leaves_text_alone() -> None:
    text = np.zeros((IN, 100))
    text[:20] = RNG.standard_normal((20, 100))
    change = solve(KEYS, RESIDUALS, text @ text.T / 100, 1e6)
    assert np.abs(change @ text).max() < 1e-2
    assert np.linalg.norm(change @ KEYS - RESIDUALS) < 1e-2 * np.linalg.norm(RESIDUALS)


def test_directions_that_nothing_uses_are_no_obstacle() -> None:
    keys = KEYS.copy()
    keys[-5:] = 0
    covariance = np.diag([1.0] * (IN - 5) + [0.0] * 5)
    change = solve(keys, RESIDUALS, covariance, 1.0)
    assert np.isfinite(change).all()
    assert np.abs(change[:, -5:]).max() < 1e-6
