"""Runs one target on very many inputs and counts what should not have happened; goes on after it.

Every input has a time limit, by a signal. Code that never comes back to Python to hear of it is
killed some time later with a traceback of where it was.
"""

import faulthandler
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from bench.fuzz.target import Lost, Target

LIMIT = 10.0
"""Seconds that one input may take on a busy machine."""
DEAF = 12
"""Times the limit after which code that hears no signal is killed."""
BATCH = 500
"""Inputs that Hypothesis makes at a time: it remembers all of a batch so as not to repeat any."""
KEPT = 5
"""Finds of a target that are reported in full."""


class Hung(BaseException):
    """An input took longer than the limit; no `except Exception` of the product can swallow it."""


@dataclass(slots=True)
class Row:
    """What a target's inputs came to."""

    target: str
    inputs: int = 0
    tracebacks: int = 0
    hangs: int = 0
    lost: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    """Seconds of the input that took longest."""
    finds: list[str] = field(default_factory=list)
    """The first finds: the input, and where it led."""

    @property
    def found(self) -> int:
        """All that should not have happened."""
        return self.tracebacks + self.hangs + self.lost


def run(target: Target, inputs: int, first_seed: int, limit: float = LIMIT) -> Row:
    """Feed a target with `inputs` inputs, the same again for the same seed."""
    row, began, batch = Row(target.name), time.perf_counter(), 0
    with _signals():
        while row.inputs < inputs and batch < 2 * inputs // BATCH + 20:
            _feed(target, min(BATCH, inputs - row.inputs), first_seed + batch, row, limit)
            batch += 1
    row.seconds = time.perf_counter() - began
    return row


def _feed(target: Target, count: int, number: int, row: Row, limit: float) -> None:
    @seed(number)
    @settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(target.inputs)
    def each(value: Any) -> None:
        _one(target, value, row, limit)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        each()


def _one(target: Target, value: Any, row: Row, limit: float) -> None:
    row.inputs += 1
    began = time.perf_counter()
    faulthandler.dump_traceback_later(limit * DEAF, exit=True, file=sys.__stderr__ or 2)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        target.check(value)
    except Hung:
        row.hangs += 1
        _keep(row, value)
    except Lost:
        row.lost += 1
        _keep(row, value)
    except Exception:  # noqa: BLE001 - whatever comes out is a find
        row.tracebacks += 1
        _keep(row, value)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()
        row.slowest = max(row.slowest, time.perf_counter() - began)


def _keep(row: Row, value: Any) -> None:
    if len(row.finds) < KEPT:
        row.finds.append(f"{value!r}\n{traceback.format_exc(limit=-6)}")


@contextmanager
def _signals() -> Iterator[None]:
    def hung(_number: int, _frame: FrameType | None) -> None:
        raise Hung

    before = signal.signal(signal.SIGALRM, hung)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)
