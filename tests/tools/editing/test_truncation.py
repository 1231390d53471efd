"""Fewer ranks cost exactly what is said, and no other choice of as many costs less."""

import numpy as np
import pytest

from tests.tools.editing.spectra import Keys, relative
from tools.editing.linear import Doubles
from tools.editing.truncation import truncate, truncate_product

WIDTH, OUT, ROWS = 40, 12, 9


def solved(out: int = OUT, rows: int = ROWS) -> tuple[Doubles, Doubles, Doubles]:
    """A change dW, the metric A under which it is optimal, and dW A dW^T."""
    source = Keys(WIDTH, out)
    retained, block = source.keys(200), source.block(rows)
    metric = 1e-3 * np.eye(WIDTH) + retained.T @ retained + block.keys.T @ block.keys
    solution: Doubles = np.asarray(np.linalg.solve(metric, block.keys.T @ block.residuals))
    return solution.T, metric, solution.T @ metric @ solution


def test_all_ranks_are_the_change() -> None:
    change, _, energy = solved()
    factors, lost = truncate(change, energy, 0.0, OUT)
    assert factors.rank == ROWS
    assert relative(factors.b.astype(float) @ factors.a, change) < 1e-6
    assert lost < 1e-12


@pytest.mark.parametrize("most", [1, 2, 5])
def test_the_share_lost_is_the_distance_under_the_metric(most: int) -> None:
    change, metric, energy = solved()
    factors, lost = truncate(change, energy, 0.0, most)
    rest = change - factors.b.astype(float) @ factors.a
    assert factors.rank == most
    assert lost == pytest.approx(np.trace(rest @ metric @ rest.T) / np.trace(energy), rel=1e-4)


def test_as_many_plain_singular_vectors_lose_more() -> None:
    change, metric, energy = solved()
    _, lost = truncate(change, energy, 0.0, 3)
    left, sizes, right = np.linalg.svd(change)
    rest = change - left[:, :3] * sizes[:3] @ right[:3]
    assert np.trace(rest @ metric @ rest.T) / np.trace(energy) > lost


@pytest.mark.parametrize("allowed", [0.3, 0.1, 0.01])
def test_ranks_are_as_few_as_the_loss_allows(allowed: float) -> None:
    change, _, energy = solved()
    factors, lost = truncate(change, energy, allowed, OUT)
    assert lost <= allowed < truncate(change, energy, 0.0, factors.rank - 1)[1]


def test_few_ranks_of_a_large_energy_are_found_without_its_whole_spectrum() -> None:
    change, metric, energy = solved(out=300, rows=30)
    factors, lost = truncate(change, energy, 0.0, 5)
    values = np.linalg.eigvalsh(energy)[::-1]
    rest = change - factors.b.astype(float) @ factors.a
    assert lost == pytest.approx(values[5:].sum() / values.sum(), rel=1e-3)
    assert lost == pytest.approx(np.trace(rest @ metric @ rest.T) / values.sum(), rel=1e-3)


def test_a_product_is_cut_like_the_whole_matrix() -> None:
    change, metric, energy = solved()
    whole, lost = truncate(change, energy, 0.0, 4)
    left, sizes, right = np.linalg.svd(change, full_matrices=False)
    root = np.linalg.cholesky(metric).T @ change.T
    cut, share = truncate_product(left * sizes, right, root, 0.0, 4)
    assert share == pytest.approx(lost, rel=1e-9)
    assert relative(cut.b.astype(float) @ cut.a, whole.b.astype(float) @ whole.a) < 1e-5


def test_no_change_has_no_rank() -> None:
    factors, lost = truncate(np.zeros((OUT, WIDTH)), np.zeros((OUT, OUT)), 0.0, 8)
    assert (factors.rank, lost) == (0, 0.0)
    factors, lost = truncate_product(
        np.zeros((OUT, 0)), np.zeros((0, WIDTH)), np.zeros((0, OUT)), 0.0, 8
    )
    assert (factors.b.shape, factors.a.shape, lost) == ((OUT, 0), (0, WIDTH), 0.0)
