"""The dual form gives the change of the primal one, as factors, and no matrix as wide as m x m."""

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.editing.spectra import Keys, fresh, relative, ridge_of
from tools.editing.dual import DualJoint
from tools.editing.joint import Joint
from tools.editing.linear import Doubles

WIDTH, OUT, NEAR = 160, 8, 1e-5
SOURCE = Keys(WIDTH, OUT)
RETAINED = SOURCE.keys(50)
RIDGE = ridge_of(RETAINED)
BLOCKS = {f"r{i}": SOURCE.block(rows) for i, rows in enumerate((1, 3, 5, 8))}
TURNS = {f"r{i}": list(range(10 * i, 10 * i + 3 * i + 1)) for i in range(len(BLOCKS))}
NAMES = sorted(BLOCKS)


def dual() -> DualJoint:
    return DualJoint(RETAINED, RIDGE, OUT)


def change(solver: DualJoint) -> Doubles:
    factors, _ = solver.factors(0.0, OUT)
    return factors.b.astype(float) @ factors.a


def wanted(active: set[str], dropped: set[str]) -> Doubles:
    gone = [place for name in dropped for place in TURNS[name]]
    kept = np.delete(RETAINED, gone, axis=0)
    return fresh(kept, RIDGE, [BLOCKS[name] for name in sorted(active)])


def toggled(solver: DualJoint, name: str, turns: bool, active: set[str], out: set[str]) -> None:
    """Add or remove the request, or drop or retain its turns."""
    held = out if turns else active
    if turns and name in held:
        solver.undrop(name)
    elif turns:
        solver.drop(name, TURNS[name])
    elif name in held:
        solver.remove(name)
    else:
        solver.add(name, BLOCKS[name])
    held ^= {name}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.booleans()), min_size=1, max_size=30))
def test_any_sequence_of_updates_equals_a_fresh_primal_solve(
    steps: list[tuple[str, bool]],
) -> None:
    solver, active, dropped = dual(), set[str](), set[str]()
    for name, turns in steps:
        toggled(solver, name, turns, active, dropped)
        assert set(solver.active) == active
        if active:
            assert relative(change(solver), wanted(active, dropped)) < NEAR


def test_both_forms_cut_to_the_same_factors() -> None:
    primal = Joint(RIDGE * np.eye(WIDTH) + RETAINED.T @ RETAINED, OUT)
    solver = dual()
    for name in NAMES:
        primal.add(name, BLOCKS[name])
        solver.add(name, BLOCKS[name])
    primal.drop("r1", RETAINED[TURNS["r1"]])
    solver.drop("r1", TURNS["r1"])
    (one, lost), (other, share) = primal.factors(0.0, 3), solver.factors(0.0, 3)
    assert (one.rank, other.rank) == (3, 3)
    assert share == pytest.approx(lost, rel=1e-5)
    assert relative(other.b.astype(float) @ other.a, one.b.astype(float) @ one.a) < NEAR


def test_single_precision_keys_are_solved_in_double() -> None:
    rounded = RETAINED.astype(np.float32)
    solver = DualJoint(rounded, RIDGE, OUT)
    solver.add("r3", BLOCKS["r3"])
    expected = fresh(rounded.astype(np.float64), RIDGE, [BLOCKS["r3"]])
    assert relative(change(solver), expected) < NEAR


def test_memory_is_bounded_by_the_number_of_keys() -> None:
    wide, rows = 6000, 30
    rng = np.random.default_rng(0)
    retained = rng.standard_normal((rows, wide)).astype(np.float32)
    source = Keys(8, OUT)
    block = source.block(4)
    tracemalloc.start()
    solver = DualJoint(retained, 1.0, OUT)
    keys = rng.standard_normal((4, wide))
    solver.add("one", type(block)(keys, block.residuals))
    solver.drop("one", [0, 1])
    factors, _ = solver.factors(0.0, OUT)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert factors.a.shape == (4, wide)
    assert peak < 8 * wide * wide / 50


def test_a_drifted_inverse_is_made_anew() -> None:
    solver = dual()
    solver.add("r1", BLOCKS["r1"])
    solver._inverse *= 1 + 1e-3
    solver.add("r2", BLOCKS["r2"])
    assert solver.refactored == 1
    assert relative(change(solver), wanted({"r1", "r2"}, set())) < NEAR


def test_without_requests_there_are_no_ranks() -> None:
    solver = dual()
    assert solver.factors(0.0, OUT)[0].rank == 0
    solver.drop("r0", TURNS["r0"])
    assert solver.factors(0.0, OUT)[0].rank == 0


def test_what_is_not_there_cannot_be_taken_out_nor_what_is_there_be_added() -> None:
    solver = dual()
    solver.add("r1", BLOCKS["r1"])
    solver.drop("r1", TURNS["r1"])
    wrongs: list[Callable[[], None]] = [
        lambda: solver.add("r1", BLOCKS["r1"]), lambda: solver.remove("r2"),
        lambda: solver.drop("r1", [40]), lambda: solver.undrop("r2"),
        lambda: solver.drop("r2", TURNS["r1"]),
    ]
    for wrong in wrongs:
        with pytest.raises(ValueError, match=r"'r[12]' (is|are) (not )?(there|dropped already)"):
            wrong()


@pytest.mark.parametrize("ridge", [0.0, -1.0])
def test_the_ridge_must_be_positive(ridge: float) -> None:
    with pytest.raises(ValueError, match="ridge must be positive"):
        DualJoint(RETAINED, ridge, OUT)
