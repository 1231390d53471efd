"""AlphaEdit moves keys only where text is silent."""

import numpy as np

from tools.editing.methods.alphaedit import null_space, solve

IN, OUT = 30, 7
RNG = np.random.default_rng(5)
KEYS, RESIDUALS = RNG.standard_normal((IN, 5)), RNG.standard_normal((OUT, 5))
TEXT = np.vstack([RNG.standard_normal((20, 100)), np.zeros((10, 100))])


def test_the_projection_keeps_what_text_does_not_use() -> None:
    free = null_space(TEXT @ TEXT.T / 100, 0.02)
    assert np.allclose(free @ free, free)
    assert round(np.trace(free)) == 10
    assert np.abs(free @ TEXT).max() < 1e-9


def test_the_change_is_that_of_the_formula() -> None:
    free = null_space(TEXT @ TEXT.T / 100, 0.02)
    wanted = RESIDUALS @ KEYS.T @ free @ np.linalg.inv(KEYS @ KEYS.T @ free + 0.3 * np.eye(IN))
    assert np.abs(solve(KEYS, RESIDUALS, free, 0.3) - wanted).max() < 1e-9


def test_text_is_untouched_and_the_goals_are_met() -> None:
    change = solve(KEYS, RESIDUALS, null_space(TEXT @ TEXT.T / 100, 0.02), 1e-9)
    assert np.abs(change @ TEXT).max() < 1e-6
    assert np.abs(change @ KEYS - RESIDUALS).max() < 1e-5


def test_without_a_free_direction_nothing_changes() -> None:
    assert not solve(KEYS, RESIDUALS, null_space(np.eye(IN), 0.02), 1.0).any()
