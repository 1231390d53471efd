"""Where the material of a task begins: "translate this: ..." wishes nothing of what follows."""

import re

from tools.watching.lexicon import languages
from tools.watching.reading import Reading

_COLON = re.compile(r"[:：](?=[^\d/]|$)|\n")
_MAX_HEAD = 120


def material_start(reading: Reading) -> int | None:
    """Offset after the first colon or line end, if what stands before it sets a task."""
    colon = _COLON.search(reading.spoken, 0, _MAX_HEAD)
    if colon is None or colon.end() >= len(reading.spoken):
        return None
    head = reading.spoken[: colon.end()]
    return colon.end() if _sets_task(head) else None


def _sets_task(head: str) -> bool:
    """Whether `head` sets a task, or announces somebody's words and does not say to note them."""
    if _any(head, "task"):
        return True
    noted = any(language.stems["remember"].search(head) for language in languages())
    return not noted and (_any(head, "report") or _any(head, "material"))


def _any(head: str, cue: str) -> bool:
    return any(language.cues[cue].search(head) for language in languages())
