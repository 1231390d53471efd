"""Nearness in meaning: sketches find what may be near, cosines decide."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.guarding.semantic import Sketches, VectorIndex, Vectors, unit_rows

WIDTH, FLOOR = 384, 0.9
MANY = 3_000
"""Rows of a store that is large enough for sketches to decide."""


def random_rows(count: int, seed: int = 1) -> Vectors:
    return unit_rows(np.random.default_rng(seed).standard_normal((count, WIDTH)))


def at_cosine(rows: Vectors, cosine: float, seed: int = 2) -> Vectors:
    """Rows that have exactly `cosine` with `rows`, each in a direction of its own."""
    others = random_rows(len(rows), seed)
    aside = unit_rows(others - (others * rows).sum(1, keepdims=True) * rows)
    return unit_rows(cosine * rows + np.sqrt(1 - cosine**2) * aside)


@pytest.fixture(scope="module")
def rows() -> Vectors:
    return random_rows(MANY)


@pytest.fixture(scope="module")
def index(rows: Vectors) -> VectorIndex:
    index = VectorIndex()
    for number, row in enumerate(rows):
        index.add(str(number), [row])
    return index


class TestRecall:
    @pytest.mark.parametrize(("cosine", "missed"), [(0.9, 1), (0.92, 0), (0.95, 0), (1.0, 0)])
    def test_near_duplicates_are_found(
        self, index: VectorIndex, rows: Vectors, cosine: float, missed: int
    ) -> None:
        near = at_cosine(rows, min(cosine + 1e-5, 1.0))
        found = [str(number) in index.near(row, FLOOR) for number, row in enumerate(near)]
        assert found.count(False) <= missed

    def test_also_where_all_vectors_resemble_each_other(self) -> None:
        """Descriptions of people do: "this person was born in ..." begins many of them."""
        common = random_rows(1, seed=5)
        rows = unit_rows(common + 0.8 * random_rows(MANY, seed=6))
        index = VectorIndex()
        for number, row in enumerate(rows):
            index.add(str(number), [row])
        near = at_cosine(rows, FLOOR + 1e-5)
        assert all(str(number) in index.near(row, FLOOR) for number, row in enumerate(near))

    def test_nearly_everything_far_is_left_out_unseen(self, index: VectorIndex) -> None:
        for query in random_rows(20, seed=3):
            assert len(index.likely(query, FLOOR)) <= MANY // 100


class TestExactness:
    def test_what_is_reported_is_the_cosine_itself(self, index: VectorIndex, rows: Vectors) -> None:
        query = at_cosine(rows[:1], 0.93)[0]
        assert index.near(query, FLOOR) == {"0": pytest.approx(0.93, abs=1e-5)}

    def test_what_is_under_the_floor_is_not_reported(
        self, index: VectorIndex, rows: Vectors
    ) -> None:
        query = at_cosine(rows[:1], 0.89)[0]
        assert index.near(query, FLOOR) == {}

    @pytest.mark.parametrize("floor", [-1.0, 0.0, 0.1])
    def test_under_a_low_floor_every_row_is_compared(
        self, index: VectorIndex, rows: Vectors, floor: float
    ) -> None:
        query = random_rows(1, seed=4)[0]
        cosines = rows @ query
        expected = {str(number) for number in np.flatnonzero(cosines >= floor)}
        assert index.near(query, floor).keys() == expected

    @given(st.integers(1, 40), st.integers(0, 1_000), st.floats(-1, 1))
    @settings(max_examples=30, deadline=None)
    def test_a_small_store_is_exact_at_any_floor(self, count: int, seed: int, floor: float) -> None:
        rows = random_rows(count, seed)[:, :8]
        index = VectorIndex()
        index.add("all", rows)
        best = float((unit_rows(rows) @ unit_rows(rows[0])[0]).max())
        assert index.near(rows[0], floor) == ({"all": best} if best >= floor else {})

    def test_the_best_row_of_a_request_counts(self) -> None:
        index = VectorIndex()
        index.add("a", [[1.0, 0.0], [0.0, 2.0]])
        assert index.near([0.0, 1.0]) == {"a": 1.0}

    def test_rows_of_length_one_are_not_copied(self, rows: Vectors) -> None:
        assert unit_rows(rows) is rows


class TestChanging:
    def test_a_removed_request_is_found_no_more(self, rows: Vectors) -> None:
        index = VectorIndex()
        index.add("one", rows[:1_000])
        index.add("other", rows[1_000:2_000])
        index.remove("one")
        index.remove("one")
        assert index.near(rows[5], FLOOR) == {}
        assert index.near(rows[1_005], FLOOR).keys() == {"other"}
        assert index.near(np.zeros(WIDTH)) == {"other": 0.0}

    def test_adding_again_replaces(self, rows: Vectors) -> None:
        index = VectorIndex()
        index.add("other", rows[:1_000])
        index.add("one", rows[1_000:1_010])
        index.add("one", rows[2_000:2_020])
        assert index.near(rows[1_005], FLOOR) == {}
        assert index.near(rows[2_015], FLOOR).keys() == {"one"}

    def test_what_is_removed_makes_room(self, rows: Vectors) -> None:
        sketches = Sketches()
        for _ in range(3):
            sketches.drop(sketches.add(rows))
        assert len(sketches) == MANY

    def test_no_vectors_are_no_entry(self) -> None:
        index = VectorIndex()
        index.add("none", np.zeros((0, 0)))
        assert not index
        assert index.near(np.ones(3)) == {}
        assert index.scores(np.ones(3), ["none", "unknown"]) == {}
