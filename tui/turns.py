"""Standard input as turns, one a line; what a turn may be is settled by `agents.turns`.

A bad line is reported and the next one read: nothing a stranger pipes in ends the program or is
held in memory beyond the limit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from agents.errors import TurnRefused
from agents.turns import LONGEST, checked
from tui.errors import NotText

BYTES = 4 * LONGEST
"""Bytes that the longest turn can take in UTF-8."""

_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """One line of standard input: its 1-based number and either a turn or what is wrong with it."""

    number: int
    text: str = ""
    error: str | None = None


def read_lines(stream: BinaryIO) -> Iterator[Line]:
    """One `Line` for each line of the stream, good or bad."""
    number = 0
    while raw := stream.readline(BYTES + 2):
        number += 1
        rest = 0 if raw.endswith(b"\n") else _skip_line(stream)
        yield _line(number, raw, rest)


def decode(raw: bytes) -> str:
    """Bytes as text.

    Raises:
        NotText: they are not UTF-8; names the first wrong byte.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        where = f"byte {raw[error.start]:#04x} at position {error.start + 1}"
        raise NotText(f"the turn is not UTF-8: {where}") from None


def _line(number: int, raw: bytes, rest: int) -> Line:
    try:
        if rest:
            size = len(raw) + rest
            raise NotText(f"the turn has {size} bytes; at most {LONGEST} characters are taken")
        return Line(number, text=checked(decode(raw)))
    except (NotText, TurnRefused) as error:
        return Line(number, error=str(error))


def _skip_line(stream: BinaryIO) -> int:
    """Read to the end of the line and forget it; how many bytes that were."""
    skipped = 0
    while chunk := stream.readline(_CHUNK):
        skipped += len(chunk)
        if chunk.endswith(b"\n"):
            break
    return skipped
