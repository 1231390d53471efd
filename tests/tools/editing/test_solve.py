"""The joint solve moves what is to be forgotten, leaves the rest, and does not know any order."""

import itertools

import numpy as np
import pytest

from tools.editing.keys import ANSWER, LAST, REVERSE, ForgetRows
from tools.editing.moments import PARTS, Moments
from tools.editing.solve import Strength, compress, forget_sums, no_requests, solve

WIDTH, OUT, STEP = 48, 12, 2.0**-12
RNG = np.random.default_rng(5)
STRENGTH = Strength(groups=(1.0, 1.0, 1.0))


def rows(seed: int) -> ForgetRows:
    rng = np.random.default_rng(seed)
    keys = rng.standard_normal((9, WIDTH)).astype(np.float32)
    residuals = np.tile(rng.standard_normal(OUT), (9, 1)).astype(np.float32)
    return ForgetRows(keys, residuals, np.array([LAST] * 4 + [ANSWER] * 3 + [REVERSE] * 2, np.int8))


def kept(directions: int) -> Moments:
    """Moments of keys that live in the last `directions` dimensions only."""
    sums = {}
    for part in PARTS:
        keys = np.zeros((500, WIDTH))
        keys[:, WIDTH - directions:] = RNG.standard_normal((500, directions))
        whole = np.rint(keys / STEP)
        sums[part] = whole.T @ whole
    return Moments(sums, dict.fromkeys(PARTS, 500), STEP)


def test_forgotten_keys_are_moved_by_their_residuals_and_kept_keys_are_not() -> None:
    forget, keep = rows(1), kept(20)
    change, _energy = solve(forget_sums(forget, STEP, (1, 1, 1)), keep, STRENGTH)
    moved = forget.keys[:4, :] @ change.T
    free = forget.keys[:4].copy()
    free[:, WIDTH - 20:] = 0
    assert np.linalg.norm(free @ change.T - forget.residuals[:4]) < 0.05 * np.linalg.norm(moved)
    stays = np.zeros((5, WIDTH))
    stays[:, WIDTH - 20:] = RNG.standard_normal((5, 20))
    assert np.linalg.norm(stays @ change.T) < 0.05 * np.linalg.norm(moved)


def test_every_order_of_requests_gives_the_same_bits() -> None:
    requests, keep = [forget_sums(rows(seed), STEP, (1, 1, 1)) for seed in range(4)], kept(20)
    found = set()
    for order in itertools.permutations(requests):
        total = no_requests(WIDTH, OUT)
        for request in order:
            total += request
        found.add(solve(total, keep, STRENGTH)[0].tobytes())
    assert len(found) == 1


def test_a_request_taken_out_leaves_no_trace() -> None:
    one, other = (forget_sums(rows(seed), STEP, (1, 1, 1)) for seed in (1, 2))
    back = no_requests(WIDTH, OUT) + one + other - one
    assert np.array_equal(back.keys, other.keys)
    assert np.array_equal(back.pulls, other.pulls)
    assert back.count == 1


def test_full_rank_factors_are_the_change() -> None:
    change, energy = solve(forget_sums(rows(1), STEP, (1, 1, 1)), kept(20), STRENGTH)
    factors, lost = compress(change, energy, 0.0, OUT)
    assert np.allclose(factors.b @ factors.a, change, atol=1e-4)
    assert lost < 1e-9


@pytest.mark.parametrize("most", [1, 2, 5])
def test_fewer_factors_say_what_is_lost(most: int) -> None:
    sums = [forget_sums(rows(seed), STEP, (1, 1, 1)) for seed in range(8)]
    total = sums[0]
    for one in sums[1:]:
        total += one
    change, energy = solve(total, kept(20), STRENGTH)
    factors, lost = compress(change, energy, 0.0, most)
    assert factors.rank == most
    assert 0 < lost < 1


def test_rank_is_no_larger_than_needed() -> None:
    change, energy = solve(forget_sums(rows(1), STEP, (1, 1, 1)), kept(20), STRENGTH)
    assert compress(change, energy, 1e-6, OUT)[0].rank == 1
