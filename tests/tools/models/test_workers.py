"""Work shared among threads comes back in order, the same each time, and stops as one."""

import threading
from collections.abc import Sequence

import pytest

from tools.models.contexts import Weights
from tools.models.workers import SHARE, Stopped, Tally, shared

JOBS = list(range(4 * SHARE))


def doubled(weights: Weights, some: Sequence[int], tally: Tally) -> list[int]:
    for _ in some:
        tally.add(1)
    return [2 * job for job in some]


@pytest.mark.parametrize("threads", [1, 2, 3, 16])
def test_results_keep_the_order_of_the_jobs(threads: int) -> None:
    assert shared(Weights(0, threads), JOBS, doubled) == [2 * job for job in JOBS]


def test_threads_are_shared_out_and_none_is_used_twice() -> None:
    seen: list[tuple[int, int]] = []

    def look(weights: Weights, some: Sequence[int], _tally: Tally) -> Sequence[int]:
        seen.append((weights.threads, len(some)))
        return some

    shared(Weights(0, 8), JOBS, look)
    assert seen == [(2, SHARE)] * 4
    seen.clear()
    shared(Weights(0, 8), JOBS[:SHARE + 1], look)
    assert seen == [(8, SHARE + 1)]


def test_progress_adds_up_over_the_workers() -> None:
    seen: list[tuple[int, int]] = []
    shared(Weights(0, 2), JOBS, doubled, lambda done, of: seen.append((done, of)))
    assert seen == [(count, len(JOBS)) for count in range(1, len(JOBS) + 1)]


def test_an_error_of_one_worker_ends_the_others() -> None:
    stopped = threading.Event()

    def work(_weights: Weights, some: Sequence[int], tally: Tally) -> Sequence[int]:
        if 0 in some:
            raise ValueError("one fails")
        try:
            while True:
                tally.add(0)
        except Stopped:
            stopped.set()
            raise

    with pytest.raises(ValueError, match="one fails"):
        shared(Weights(0, 2), JOBS, work)
    assert stopped.is_set()
