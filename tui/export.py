"""Files that are the user's own copies, of a talk or of receipts: no later forget reaches them."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tui.errors import UsageError
from tui.paths import FILE_MODE

NAMES = {"user": "You", "assistant": "Patient"}


def export_lines(lines: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write the lines of a talk to a new file, readable by its owner alone.

    Raises:
        UsageError: the file exists; nothing is overwritten.
        OSError: it cannot be written.
    """
    text = "\n\n".join(f"**{NAMES[line['role']]}**\n\n{line['content']}" for line in lines)
    write_new(path, text)


def write_new(path: Path, text: str) -> None:
    """Write a new file, readable by its owner alone; the text gets a final line break.

    Raises:
        UsageError: the file exists; nothing is overwritten.
        OSError: it cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    except FileExistsError:
        raise UsageError(f"{str(path)!r} exists already; name another file") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
