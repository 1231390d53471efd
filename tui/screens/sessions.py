"""The kept sessions, one of which may be resumed."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from tui.plain import clean
from tui.report import when


class SessionsScreen(ModalScreen[str | None]):
    """Returns the id of the thread to resume, None to stay."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back")]

    def __init__(self, threads: Sequence[Mapping[str, Any]], current: str) -> None:
        super().__init__()
        self._threads = threads
        self._current = current

    def compose(self) -> ComposeResult:
        """One line a session, newest first."""
        with Vertical():
            yield Label("Sessions (Enter resumes, Esc leaves)")
            yield OptionList(*(Option(self._line(thread)) for thread in self._threads))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Resume what was picked."""
        self.dismiss(str(self._threads[event.option_index]["thread_id"]))

    def action_leave(self) -> None:
        """Stay where we are."""
        self.dismiss(None)

    def _line(self, thread: Mapping[str, Any]) -> Content:
        title = " ".join(clean(str(thread["title"])).split()) or "(no words)"
        mark = " (this one)" if thread["thread_id"] == self._current else ""
        return Content(f"{when(str(thread['updated']))}  {title}{mark}")
