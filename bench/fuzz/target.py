"""What is fuzzed: a strategy for its inputs, and the check that every one of them must pass."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis.strategies import SearchStrategy

LONGEST = 1500
"""Characters of a message that still is one line to somebody."""


class Lost(AssertionError):
    """A request that had been taken is not there any more, or a line of input was not answered."""


@dataclass(frozen=True, slots=True)
class Target:
    """One door of the product. `check` raises `Lost`, or whatever else should not have come out;
    `share` is its part of a large run, against the sum of all."""

    name: str
    inputs: SearchStrategy[Any]
    check: Callable[[Any], None]
    share: int


@cache
def scratch() -> Path:
    """An empty folder of this process, in memory where the machine has a RAM disk, removed at the
    end. Files in it are overwritten by the next input."""
    return Path(_scratch().name)


@cache
def _scratch() -> tempfile.TemporaryDirectory[str]:
    ram = Path("/dev/shm")  # noqa: S108 - a fresh folder in it, 0700  # nosec B108
    return tempfile.TemporaryDirectory(prefix="fuzz-", dir=ram if ram.is_dir() else None)


def one_line(message: str) -> None:
    """Hold that a message is what a user is promised: one line, and not an empty one."""
    assert message.strip(), "an empty message"
    assert "\n" not in message, f"more than one line: {message!r}"
    assert len(message) < LONGEST, f"{len(message)} characters of a message"
