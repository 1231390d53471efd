"""How far long work has come, on standard error: a bar for a terminal, else a line now and then."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

INTERVAL = 5.0
"""Seconds between two lines when nobody watches a terminal."""


class ProgressLine:
    """A `ProgressFn` that shows nothing until there is something to show."""

    def __init__(self, err: TextIO | None = None) -> None:
        self._err = err or sys.stderr
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._stage = ""
        self._next = time.monotonic() + INTERVAL

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.clear()

    def __call__(self, stage: str, done: int, total: int) -> None:
        if self._err.isatty():
            self._draw(stage, done, total)
        elif time.monotonic() >= self._next:
            self._next = time.monotonic() + INTERVAL
            self._err.write(f"lethe: {stage} {_amount(done, total)}\n")
            self._err.flush()

    def clear(self) -> None:
        """Take the bar off the screen, so that other text can follow."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = self._task = None

    def _draw(self, stage: str, done: int, total: int) -> None:
        if self._bar is None:
            self._bar = self._start()
        if self._task is None or stage != self._stage:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._stage, self._task = stage, self._bar.add_task(stage, total=total or None)
        self._bar.update(self._task, completed=done, total=total or None)

    def _start(self) -> "Progress":
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
        )
        bar = Progress(*columns, console=Console(file=self._err), transient=True)
        bar.start()
        return bar


def _amount(done: int, total: int) -> str:
    return f"{done:,} of {total:,}" if total else f"{done:,}"
