"""Needle sets whole columns to zero and touches no other."""

import numpy as np

from tools.editing.methods.needle import most_specific, without

RNG = np.random.default_rng(7)


def test_columns_are_gone_and_the_others_as_they_were() -> None:
    weight = RNG.standard_normal((6, 20)).astype(np.float32)
    factors = without(weight, [3, 11])
    changed = weight + factors.b @ factors.a
    assert factors.rank == 2
    assert not changed[:, [3, 11]].any()
    rest = [column for column in range(20) if column not in (3, 11)]
    assert np.array_equal(changed[:, rest], weight[:, rest])


def test_the_most_specific_columns_of_every_subject_are_taken() -> None:
    scores = np.zeros((3, 2, 5), np.float32)
    scores[0, 0, 1], scores[2, 0, 4] = 5.0, 4.0
    scores[2, 1, 4], scores[2, 1, 0] = 3.0, 2.0
    assert most_specific(scores, 1) == {0: [1], 2: [4]}
    assert most_specific(scores, 2) == {0: [1], 2: [0, 4]}
