"""What was typed, for the up and down keys: a short file of one prompt a line.

A forgotten name must not come back by pressing a key, so the file can be purged too.
"""

import json
import threading
from collections.abc import Iterable
from pathlib import Path

from memory.files import read_text, write_durably
from memory.text import Mentions

LONGEST = 10_000
"""Characters up to which a prompt is kept: nobody recalls a pasted book by a key."""


class PromptHistory:
    """Prompts, oldest first, in a 0600 file of JSON strings, one a line.

    Args:
        path: the file, created with the first prompt.
        limit: prompts kept; older ones go first.

    Raises:
        StoreCorrupt: the file is not text. A damaged line alone is left out.
    """

    def __init__(self, path: Path, limit: int = 1000) -> None:
        self._path = path
        self._limit = limit
        self._lock = threading.Lock()
        self._prompts = [*_parsed(read_text(path) or "")][-limit:]

    def entries(self) -> list[str]:
        """All prompts, oldest first."""
        with self._lock:
            return list(self._prompts)

    def append(self, prompt: str) -> None:
        """Keep a prompt; an empty or very long one, or the last one again, is not."""
        with self._lock:
            wanted = prompt.strip() and len(prompt) <= LONGEST
            if wanted and self._prompts[-1:] != [prompt]:
                self._write([*self._prompts, prompt][-self._limit :])

    def purge(self, terms: Iterable[str]) -> int:
        """Remove the prompts that mention a term; returns how many."""
        mentions = Mentions.of(terms)
        with self._lock:
            kept = [prompt for prompt in self._prompts if not mentions.in_text(prompt)]
            removed = len(self._prompts) - len(kept)
            if removed:
                self._write(kept)
            return removed

    def _write(self, prompts: list[str]) -> None:
        lines = "".join(json.dumps(prompt) + "\n" for prompt in prompts)
        write_durably(self._path, lines.encode())
        self._prompts = prompts


def _parsed(text: str) -> Iterable[str]:
    for line in text.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, str):
            yield value
