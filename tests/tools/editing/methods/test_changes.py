"""A change is carried whole, in no more directions than it has."""

import numpy as np

from tools.editing.methods.changes import carried

RNG = np.random.default_rng(2)


def test_a_change_of_full_rank_is_carried_whole() -> None:
    change = RNG.standard_normal((6, 20))
    factors = carried(change)
    assert factors.rank == 6
    assert np.abs(factors.b @ factors.a - change).max() < 1e-5


def test_a_change_of_two_directions_is_carried_in_two() -> None:
    change = RNG.standard_normal((6, 2)) @ RNG.standard_normal((2, 20))
    assert carried(change).rank == 2


def test_no_change_is_carried_as_zeros() -> None:
    factors = carried(np.zeros((6, 20)))
    assert factors.rank == 1
    assert not (factors.b @ factors.a).any()
