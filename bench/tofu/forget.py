"""Forgets TOFU's authors with the product's own editor, from their names alone.

The editor gets the model file and the names, never a row. Authors that it cannot edit are reported
with the reason, and stay; a set with one of them is not forgotten as a whole.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.editing.editor import Editor
from tools.errors import ToolError
from tools.models.engine import LlamaEngine

Advance = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The joint edit: the adapter (None when nothing could be edited), the names it reaches, those
    it does not with the reason, seconds without the study, and seconds of the study."""

    adapter: bytes | None
    names: list[str]
    failed: dict[str, str]
    seconds: float
    study_seconds: float


def forget(
    engine: LlamaEngine, names: Sequence[str], cache: Path, edits: Path, advance: Advance
) -> Forgotten:
    """Forget all `names` jointly; the engine is left without an adapter."""
    started = time.monotonic()
    editor = Editor(engine, cache, edits)
    editor.reconcile([])
    editor.study(advance)
    studied = time.monotonic()
    failed: dict[str, str] = {}
    for done, name in enumerate(names):
        advance("forgetting authors", done, len(names))
        try:
            editor.operate(f"request {done}", name, editor.locate(name, _silent), _silent)
        except ToolError as error:
            failed[name] = str(error)
    adapter = engine.adapter
    seconds = time.monotonic() - studied
    editor.remove(list(editor.active))
    reached = [name for name in names if name not in failed]
    return Forgotten(adapter, reached, failed, seconds, studied - started)


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody follows."""
