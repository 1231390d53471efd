"""Answers under way, so that `stop` finds them from another thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue


class Run:
    """One answer: its pieces on the way to the reader (None ends them), and the wish to stop."""

    def __init__(self) -> None:
        self.pieces: SimpleQueue[str | None] = SimpleQueue()
        self.cancelled = False


class Runs:
    """The answers waiting or under way; `interrupt` is told whether the current one is to stop."""

    def __init__(self, interrupt: Callable[[bool], None]) -> None:
        self._interrupt = interrupt
        self._lock = threading.Lock()
        self._waiting: set[Run] = set()
        self._current: Run | None = None

    @contextmanager
    def expected(self) -> Iterator[Run]:
        """A new run, on the reader's side; a reader that leaves early stops it."""
        run = Run()
        with self._lock:
            self._waiting.add(run)
        try:
            yield run
        finally:
            self._cancel(run)
            with self._lock:
                self._waiting.discard(run)

    @contextmanager
    def current(self, run: Run) -> Iterator[None]:
        """While this run computes, on the owner thread."""
        with self._lock:
            self._current = run
            self._interrupt(run.cancelled)
        try:
            yield
        finally:
            with self._lock:
                self._current = None
                self._interrupt(False)

    def stop(self) -> None:
        """Stop every answer asked for so far; later ones are not touched."""
        for run in list(self._waiting):
            self._cancel(run)

    def _cancel(self, run: Run) -> None:
        with self._lock:
            run.cancelled = True
            if run is self._current:
                self._interrupt(True)
