"""Where the material of a task begins: "translate this: ..." wishes nothing of what follows."""

import re

from tools.watching.lexicon import languages
from tools.watching.reading import Reading

_COLON = re.compile(r"[:：]\s|[:：]$|\n")
_MAX_HEAD = 120


def material_start(reading: Reading) -> int | None:
    """Offset after the first colon or line end, if what stands before it sets a task."""
    colon = _COLON.search(reading.spoken, 0, _MAX_HEAD)
    if colon is None or colon.end() >= len(reading.spoken):
        return None
    head = reading.spoken[: colon.end()]
    return colon.end() if _sets_task(head) else None


def _sets_task(head: str) -> bool:
    return any(language.cues["task"].search(head) for language in languages())
