"""What the app remembers of how its user likes it; nothing of what was said."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from tui.paths import make_private, write_private

DEFAULT_THEME = "textual-dark"


@dataclass(frozen=True, slots=True)
class Preferences:
    """`theme` is the name of a Textual theme."""

    theme: str = DEFAULT_THEME


@dataclass(frozen=True, slots=True)
class PreferenceFile:
    """The preferences on disk; without a path they last as long as the app."""

    path: Path | None = None

    def load(self) -> Preferences:
        """What was saved; the defaults where that is missing or unreadable."""
        try:
            saved = json.loads(self.path.read_text("utf-8")) if self.path else {}
            theme = saved.get("theme", DEFAULT_THEME)
        except (OSError, ValueError, AttributeError, RecursionError):
            return Preferences()
        return Preferences(theme if isinstance(theme, str) else DEFAULT_THEME)

    def save(self, preferences: Preferences) -> None:
        """Write them for the next time.

        Raises:
            OSError: the file cannot be written.
        """
        if self.path is not None:
            make_private(self.path.parent)
            write_private(self.path, json.dumps(asdict(preferences)).encode())
