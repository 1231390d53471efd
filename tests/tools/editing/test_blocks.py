"""A request's thousands of rows become the few that the solve needs."""

import numpy as np
import pytest

from tests.tools.editing.spectra import Keys, fresh, relative, ridge_of
from tools.editing.blocks import Block, compress, stacked

WIDTH, OUT = 48, 6


def rows(count: int, rank: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    source = Keys(WIDTH, OUT, seed=count)
    keys = source.rng.standard_normal((count, rank)) @ source.keys(rank)
    return keys, source.rng.standard_normal((count, OUT)), source.rng.uniform(0, 2, count)


@pytest.mark.parametrize("count", [5, 47, 48, 49, 400])
def test_both_sums_are_kept_whether_rows_or_columns_are_fewer(count: int) -> None:
    keys, residuals, weights = rows(count, 12)
    block, lost = compress(keys, residuals, weights, 0.0)
    weighted = keys.T * weights
    assert relative(block.keys.T @ block.keys, weighted @ keys) < 1e-12
    assert relative(block.keys.T @ block.residuals, weighted @ residuals) < 1e-10
    assert len(block) <= min(count, 12)
    assert lost < 1e-13


@pytest.mark.parametrize("count", [40, 400])
@pytest.mark.parametrize("tolerance", [1e-1, 1e-3, 1e-6])
def test_the_energy_lost_is_what_is_said_and_not_more_than_allowed(
    count: int, tolerance: float
) -> None:
    keys, residuals, weights = rows(count, 40)
    block, lost = compress(keys, residuals, weights, tolerance)
    energy = float((weights[:, None] * keys**2).sum())
    assert lost <= tolerance
    assert lost == pytest.approx(1 - (block.keys**2).sum() / energy, abs=1e-12)
    full, _ = compress(keys, residuals, weights, 0.0)
    assert len(block) < len(full)


def test_what_is_left_out_below_the_ridge_does_not_change_the_solution() -> None:
    source = Keys(WIDTH, OUT)
    retained, keys = source.keys(300), source.keys(500)
    ridge, residuals = ridge_of(retained), np.tile(source.rng.standard_normal(OUT), (500, 1))
    exact = Block(keys, residuals)
    share = 1e-3 * ridge / float((keys**2).sum())
    block, _ = compress(keys, residuals, np.ones(500), share)
    assert relative(fresh(retained, ridge, [block]), fresh(retained, ridge, [exact])) < 1e-5


def test_rows_without_weight_or_energy_leave_nothing() -> None:
    keys, residuals, weights = rows(9, 4)
    for some in ((keys, residuals, 0 * weights), (0 * keys, residuals, weights)):
        block, lost = compress(*some, 0.0)
        assert (len(block), lost) == (0, 0.0)
    empty, _ = compress(keys[:0], residuals[:0], weights[:0], 0.0)
    assert empty.keys.shape == (0, WIDTH)
    assert empty.residuals.shape == (0, OUT)


def test_a_negative_weight_is_named() -> None:
    keys, residuals, weights = rows(3, 3)
    with pytest.raises(ValueError, match="-1"):
        compress(keys, residuals, np.array([1.0, -1.0, *weights[2:]]), 0.0)


def test_numbers_that_would_spoil_every_sum_are_refused() -> None:
    keys, residuals, _ = rows(3, 3)
    with pytest.raises(ValueError, match="finite"):
        Block(keys * np.nan, residuals)
    with pytest.raises(ValueError, match="3 keys but 2 residuals"):
        Block(keys, residuals[:2])


def test_blocks_on_top_of_each_other_are_one_block() -> None:
    source = Keys(WIDTH, OUT)
    one, other = source.block(3), source.block(4)
    both = stacked(one, other)
    assert len(both) == 7
    assert np.allclose(both.keys.T @ both.residuals,
                       one.keys.T @ one.residuals + other.keys.T @ other.residuals)
