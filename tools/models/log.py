"""llama.cpp's log, kept in memory: its last lines explain a failure, the rest is nobody's business.

One callback for the whole process, because llama.cpp has only one. Nothing is printed.
"""

import re
from collections import deque
from functools import cache
from typing import Any

WARNING, CONTINUED = 3, 5
"""ggml_log_level: 1 debug, 2 info, 3 warning, 4 error, 5 goes on with the line before."""
KEPT = 200
_PASSED_ON = re.compile(r"(\w+|error loading model): ")

_lines: deque[str] = deque(maxlen=KEPT)
_seen = 0


def install() -> None:
    """Take over llama.cpp's log and start its backend; doing so again is harmless."""
    from llama_cpp import llama_cpp as llama

    llama.llama_log_set(_callback(), None)
    llama.llama_backend_init()


@cache
def _callback() -> Any:
    """`_keep` for C, kept alive as long as the process."""
    from llama_cpp import llama_cpp as llama

    return llama.llama_log_callback(_keep)


def _keep(level: int, line: bytes, _data: int | None) -> None:
    global _seen  # noqa: PLW0603  one log, one counter
    if WARNING <= level < CONTINUED:
        _seen += 1
        _lines.append(line.decode("utf-8", "replace").strip())


def mark() -> int:
    """A point in the log, to be given to `since`."""
    return _seen


def since(point: int) -> str:
    """The first complaint after a point, or an empty string; later ones only repeat it."""
    new = min(_seen - point, len(_lines))
    found = list(_lines)[len(_lines) - new :] if new > 0 else []
    return next((_plain(line) for line in found if line), "")


def _plain(line: str) -> str:
    """Without the names of the C++ functions that passed the message on."""
    while (found := _PASSED_ON.match(line)) is not None:
        line = line[found.end() :]
    return line
