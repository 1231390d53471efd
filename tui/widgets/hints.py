"""What a slash may become, above the input."""

from textual.content import Content
from textual.widgets import Static

from tui.commands import Command, matching


class Hints(Static):
    """The commands that match what is typed; hidden when nothing does."""

    def show_for(self, text: str) -> None:
        """Follow the input."""
        found = matching(text)
        self.display = bool(found)
        width = max((len(command.usage) for command in found), default=0)
        self.update(Content("\n").join(_line(command, width) for command in found))

    @staticmethod
    def completion(text: str) -> str | None:
        """The longest text that every matching command begins with, if it is longer."""
        names = [f"/{command.name}" for command in matching(text)]
        if len(names) == 1:
            return names[0] + " "
        common = _common_start(names)
        return common if len(common) > len(text) else None


def _line(command: Command, width: int) -> Content:
    return Content.assemble((command.usage.ljust(width + 2), "bold"), command.summary)


def _common_start(names: list[str]) -> str:
    if not names:
        return ""
    first, last = min(names), max(names)
    size = next((at for at, char in enumerate(first) if last[at : at + 1] != char), len(first))
    return first[:size]
