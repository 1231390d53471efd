"""Batch work shared out among threads, each with a llama.cpp context of its own.

Threads inside one pass wait for each other after every node of the graph: with a small model two
of them gain a tenth, and lose all of it to any other busy program. Two passes side by side need
no waiting and take almost half the time.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

from tools.models.contexts import Weights

SHARE = 8
"""Jobs that make a worker worth its context."""
MOST = 4
"""Workers at most: every one reads all the weights."""

Done = Callable[[int, int], None]
T = TypeVar("T")
R = TypeVar("R")


class Stopped(Exception):
    """Raised in the other workers once one has failed or been cancelled."""


class Tally:
    """Adds up what the workers have finished and reports it; `done` may raise to cancel all."""

    def __init__(self, total: int, done: Done | None) -> None:
        self.total, self._done = total, done
        self._finished = 0
        self._lock = threading.Lock()
        self._stopped = False

    def add(self, count: int) -> None:
        """`count` more are finished.

        Raises:
            Stopped: another worker has ended in an error.
        """
        with self._lock:
            if self._stopped:
                raise Stopped
            self._finished += count
            if self._done:
                self._done(self._finished, self.total)

    def stop(self) -> None:
        """Make every other worker end at its next report."""
        self._stopped = True


Work = Callable[[Weights, Sequence[T], Tally], Sequence[R]]
"""Does some of the jobs, one result each, and tells the tally of every pass."""


def shared(
    weights: Weights, jobs: Sequence[T], work: "Work[T, R]", done: Done | None = None
) -> list[R]:
    """The results of `work` on all jobs, in their order, from as many workers as pay.

    The n-th worker always gets every n-th job, so that the same jobs give the same results.
    """
    count = max(1, min(weights.threads, MOST, len(jobs) // SHARE))
    each = replace(weights, threads=max(1, weights.threads // count))
    tally = Tally(len(jobs), done)

    def guarded(some: Sequence[T]) -> Sequence[R]:
        try:
            return work(each, some, tally)
        except BaseException:
            tally.stop()
            raise

    if count == 1:
        return list(guarded(jobs))
    with ThreadPoolExecutor(count, thread_name_prefix="batch") as pool:
        futures = [pool.submit(guarded, jobs[start::count]) for start in range(count)]
    errors = [error for future in futures if (error := future.exception())]
    for error in sorted(errors, key=lambda error: isinstance(error, Stopped)):
        raise error
    results: list[R | None] = [None] * len(jobs)
    for start, future in enumerate(futures):
        results[start::count] = future.result()
    return results  # type: ignore[return-value]
