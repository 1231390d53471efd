"""Updates end where a fresh joint solve does, whatever was added and taken out before."""

from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.editing.spectra import Keys, fresh, relative, ridge_of
from tools.editing.joint import DRIFT, Joint
from tools.editing.linear import Doubles

WIDTH, OUT, NEAR = 64, 6, 1e-5
SOURCE = Keys(WIDTH, OUT)
RETAINED = SOURCE.keys(400)
RIDGE = ridge_of(RETAINED)
BLOCKS = {f"r{i}": SOURCE.block(rows) for i, rows in enumerate((1, 3, 5, 8, 13, 40))}
TURNS = {f"r{i}": slice(20 * i, 20 * i + 4 * i + 1) for i in range(len(BLOCKS))}
NAMES = sorted(BLOCKS)


def joint() -> Joint:
    return Joint(RIDGE * np.eye(WIDTH) + RETAINED.T @ RETAINED, OUT)


def wanted(active: set[str], dropped: set[str]) -> Doubles:
    kept = np.ones(len(RETAINED), bool)
    for name in dropped:
        kept[TURNS[name]] = False
    return fresh(RETAINED[kept], RIDGE, [BLOCKS[name] for name in sorted(active)])


def toggled(solver: Joint, name: str, turns: bool, active: set[str], dropped: set[str]) -> None:
    """Add or remove the request, or drop or retain its turns."""
    held = dropped if turns else active
    if turns and name in held:
        solver.undrop(name)
    elif turns:
        solver.drop(name, RETAINED[TURNS[name]])
    elif name in held:
        solver.remove(name)
    else:
        solver.add(name, BLOCKS[name])
    held ^= {name}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.booleans()), min_size=1, max_size=40))
def test_any_sequence_of_updates_equals_a_fresh_solve(steps: list[tuple[str, bool]]) -> None:
    solver, active, dropped = joint(), set[str](), set[str]()
    for name, turns in steps:
        toggled(solver, name, turns, active, dropped)
        assert set(solver.active) == active
        if active:
            assert relative(solver.change, wanted(active, dropped)) < NEAR
    if not active:
        assert np.abs(solver.change).max() < 1e-4


def test_every_order_gives_the_same_solution() -> None:
    found = []
    for order in permutations(NAMES[:4]):
        solver = joint()
        for name in order:
            solver.add(name, BLOCKS[name])
        found.append(solver.change)
    assert max(relative(each, found[0]) for each in found) < NEAR


def test_hundreds_of_updates_do_not_drift_away() -> None:
    solver, active, dropped = joint(), set[str](), set[str]()
    rng = np.random.default_rng(3)
    for _ in range(400):
        toggled(solver, NAMES[rng.integers(5)], bool(rng.random() < 0.3), active, dropped)
        assert solver.drift() <= DRIFT
    active.add("r5")
    solver.add("r5", BLOCKS["r5"])
    assert relative(solver.change, wanted(active, dropped)) < NEAR


def test_ordinary_updates_need_no_fresh_factor() -> None:
    solver = joint()
    for name in NAMES[:5]:
        solver.add(name, BLOCKS[name])
    for name in NAMES[:5]:
        solver.remove(name)
    assert solver.refactored == 1


def test_a_drifted_inverse_is_made_anew() -> None:
    solver = joint()
    solver._inverse *= 1 + 1e-3
    solver.add("r1", BLOCKS["r1"])
    assert solver.refactored == 2
    assert relative(solver.change, wanted({"r1"}, set())) < NEAR


def test_a_block_with_many_rows_is_factored_anew() -> None:
    solver = joint()
    solver.add("r5", BLOCKS["r5"])
    assert solver.refactored == 2


def test_without_requests_nothing_changes() -> None:
    assert not joint().change.any()
    assert joint().factors(0.0, OUT)[0].rank == 0


def test_factors_are_the_change_or_say_what_they_lack() -> None:
    solver = joint()
    for name in NAMES[:3]:
        solver.add(name, BLOCKS[name])
    whole, nothing = solver.factors(0.0, OUT)
    assert relative(whole.b.astype(float) @ whole.a, solver.change) < NEAR
    assert nothing < 1e-9
    few, lost = solver.factors(0.0, 2)
    assert few.rank == 2
    assert 0 < lost < 1


def test_what_is_not_there_cannot_be_taken_out_nor_what_is_there_be_added() -> None:
    solver = joint()
    solver.add("r1", BLOCKS["r1"])
    solver.drop("r1", RETAINED[:2])
    wrongs: list[Callable[[], None]] = [
        lambda: solver.add("r1", BLOCKS["r1"]), lambda: solver.remove("r2"),
        lambda: solver.drop("r1", RETAINED[:2]), lambda: solver.undrop("r2"),
    ]
    for wrong in wrongs:
        with pytest.raises(ValueError, match=r"'r[12]' is (not )?there"):
            wrong()


def test_dropping_what_was_never_retained_is_refused_and_changes_nothing() -> None:
    solver = joint()
    solver.add("r1", BLOCKS["r1"])
    with pytest.raises(ValueError, match="never retained"):
        solver.drop("r1", 100 * RETAINED)
    assert relative(solver.change, wanted({"r1"}, set())) < NEAR
    solver.remove("r1")
    assert np.abs(solver.change).max() < 1e-4


def test_moments_without_a_ridge_are_refused() -> None:
    with pytest.raises(ValueError, match="ridge"):
        Joint(-np.eye(3), 2)
