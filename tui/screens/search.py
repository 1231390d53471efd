"""Searching earlier input (Ctrl+R)."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui.history import History
from tui.plain import clean


class SearchScreen(ModalScreen[str | None]):
    """Returns the chosen earlier input, None if the search was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave"),
        Binding("up", "move(-1)", show=False),
        Binding("down,ctrl+r", "move(1)", show=False),
    ]

    def __init__(self, history: History) -> None:
        super().__init__()
        self._history = history
        self._found: list[str] = []

    def compose(self) -> ComposeResult:
        """A line for the words and the list of what has them."""
        with Vertical():
            yield Input(placeholder="search earlier input")
            yield OptionList()

    def on_mount(self) -> None:
        """Show everything, newest first."""
        self.query_one(OptionList).can_focus = False
        self._search("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """The words changed."""
        self._search(event.value)

    def on_input_submitted(self) -> None:
        """Take what is highlighted."""
        place = self.query_one(OptionList).highlighted
        self.dismiss(self._found[place] if place is not None and self._found else None)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take what was clicked."""
        self.dismiss(self._found[event.option_index])

    def action_leave(self) -> None:
        """Leave without a choice."""
        self.dismiss(None)

    def action_move(self, by: int) -> None:
        """Move the highlight."""
        options = self.query_one(OptionList)
        if by > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def _search(self, words: str) -> None:
        self._found = self._history.search(words)
        options = self.query_one(OptionList)
        options.set_options(Option(Content(clean(" ".join(text.split())))) for text in self._found)
        options.highlighted = 0 if self._found else None
