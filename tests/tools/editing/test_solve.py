"""The joint solve moves what is to be forgotten, leaves the rest, and does not know any order."""

import itertools
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.editing.keys import ANSWER, LAST, LEAD_LAST, ForgetRows
from tools.editing.moments import FACTS, REST, Moments, Scale, empty
from tools.editing.solve import (
    ForgetSums,
    Strength,
    block_of,
    forget_sums,
    gain_for,
    neighbour_weight,
    no_requests,
    solve,
)

WIDTH, OUT, STEP = 48, 12, 2.0**-12
RNG = np.random.default_rng(5)
EVEN = (1.0, 1.0, 1.0, 1.0, 1.0)
STRENGTH = Strength(100.0, 0.0, 1.0, 1e-5, EVEN)
SCALE = Scale(STEP, {}, {FACTS: 1 / 500, REST: 1 / 500})
NEAR = empty(WIDTH, SCALE)


def rows(seed: int) -> ForgetRows:
    rng = np.random.default_rng(seed)
    keys = rng.standard_normal((9, WIDTH)).astype(np.float32)
    residuals = np.tile(rng.standard_normal(OUT), (9, 1)).astype(np.float32)
    groups = np.array([LAST] * 4 + [ANSWER] * 3 + [LEAD_LAST] * 2, np.int8)
    shares = np.array([1 / 4] * 4 + [1 / 3] * 3 + [1 / 2] * 2, np.float32)
    return ForgetRows(keys, residuals, groups, shares)


def request(seed: int) -> ForgetSums:
    return forget_sums(block_of(rows(seed), STRENGTH), STEP, 1.0)


def kept(directions: int) -> Moments:
    """Moments of keys that live in the last `directions` dimensions only."""
    sums = {}
    for name in (FACTS, REST):
        keys = np.zeros((500, WIDTH))
        keys[:, WIDTH - directions:] = RNG.standard_normal((500, directions))
        whole = np.rint(keys / STEP)
        sums[name] = whole.T @ whole
    return Moments(sums, SCALE)


def test_forgotten_keys_are_moved_by_their_residuals_and_kept_keys_are_not() -> None:
    forget, keep = rows(1), kept(20)
    change, _energy = solve(request(1), keep, NEAR, STRENGTH)
    moved = forget.keys[:4, :] @ change.T
    free = forget.keys[:4].copy()
    free[:, WIDTH - 20:] = 0
    wanted = gain_for(1, STRENGTH) * forget.residuals[:4]
    assert np.linalg.norm(free @ change.T - wanted) < 0.05 * np.linalg.norm(moved)
    stays = np.zeros((5, WIDTH))
    stays[:, WIDTH - 20:] = RNG.standard_normal((5, 20))
    assert np.linalg.norm(stays @ change.T) < 0.05 * np.linalg.norm(moved)


def test_every_order_of_requests_gives_the_same_bits() -> None:
    requests, keep = [request(seed) for seed in range(4)], kept(20)
    found = set()
    for order in itertools.permutations(requests):
        total = no_requests(WIDTH, OUT)
        for one in order:
            total += one
        found.add(solve(total, keep, NEAR, STRENGTH)[0].tobytes())
    assert len(found) == 1


def test_a_request_taken_out_leaves_no_trace() -> None:
    one, other = (request(seed) for seed in (1, 2))
    back = no_requests(WIDTH, OUT) + one + other - one
    assert np.array_equal(back.keys, other.keys)
    assert np.array_equal(back.pulls, other.pulls)
    assert back.count == 1


def test_a_block_has_the_sums_of_all_the_rows_it_stands_for() -> None:
    some, weights = rows(1), (1.0, 0.0, 2.0, 3.0, 0.0)
    found = block_of(some, replace(STRENGTH, groups=weights))
    each = (some.shares * np.array(weights)[some.groups])[:, None]
    assert np.allclose(found.keys.T @ found.keys, some.keys.T @ (each * some.keys), atol=1e-4)
    pulls = some.keys.T @ (each * some.residuals)
    assert np.allclose(found.keys.T @ found.residuals, pulls, atol=1e-4)


def test_an_emphasised_request_weighs_as_many_of_it() -> None:
    block = block_of(rows(1), STRENGTH)
    once, thrice = (forget_sums(block, STEP, emphasis) for emphasis in (1.0, 3.0))
    assert np.allclose(3 * once.keys, thrice.keys, atol=1e-6)
    assert np.allclose(3 * once.pulls, thrice.pulls, atol=1e-6)


def test_neighbours_are_left_alone_all_the_more() -> None:
    forget = rows(1)
    keys = np.rint(forget.keys[:2] / STEP)
    near = Moments({FACTS: (keys.T @ keys).astype(np.float64), REST: NEAR.sums[REST]}, SCALE)
    cared = replace(STRENGTH, neighbours=1e6)
    sums = forget_sums(block_of(forget, STRENGTH), STEP, 1.0)
    careless, careful = (
        solve(sums, kept(20), near, strength)[0] for strength in (STRENGTH, cared)
    )
    moved = [np.linalg.norm(forget.keys[:2] @ change.T) for change in (careless, careful)]
    assert moved[1] < 0.05 * moved[0]


def test_a_gain_lengthens_the_change_and_turns_it_nowhere() -> None:
    keep, far = kept(20), replace(STRENGTH, gain=2.5)
    (one, energy), (longer, more) = (
        solve(request(1), keep, NEAR, strength) for strength in (STRENGTH, far)
    )
    assert np.allclose(longer, 2.5 * one)
    assert np.allclose(more, 2.5**2 * energy)


def test_many_requests_go_less_far_each() -> None:
    assert gain_for(0, STRENGTH) == gain_for(1, STRENGTH) == 2.5 * STRENGTH.gain
    steps = [gain_for(count, STRENGTH) for count in (1, 2, 10, 10**6)]
    assert steps == sorted(steps, reverse=True)
    assert STRENGTH.gain < steps[-1] < 1.01 * STRENGTH.gain


def test_neighbours_weigh_with_the_square_of_the_way_and_not_with_the_number_of_requests() -> None:
    cared = replace(STRENGTH, neighbours=50.0, gain=2.0)
    assert neighbour_weight(1, cared) == 50.0 * 5.0**2
    assert neighbour_weight(100, cared) == 50.0 * gain_for(100, cared) ** 2
    assert neighbour_weight(100, cared) < neighbour_weight(1, cared)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=12))
def test_any_path_to_a_set_of_requests_ends_in_the_same_bits(steps: list[int]) -> None:
    requests = [request(seed) for seed in range(6)]
    total, inside = no_requests(WIDTH, OUT), set[int]()
    for step in steps:
        total = total - requests[step] if step in inside else total + requests[step]
        inside ^= {step}
    fresh = no_requests(WIDTH, OUT)
    for step in sorted(inside):
        fresh += requests[step]
    assert np.array_equal(total.keys, fresh.keys)
    assert np.array_equal(total.pulls, fresh.pulls)
    assert total.count == fresh.count
