"""Where the user types: several lines, earlier input on the arrow keys, Enter sends."""

from collections.abc import Callable
from functools import partial

from textual.events import Key, Paste
from textual.message import Message
from textual.widgets import TextArea

from agents.turns import LONGEST
from tui.history import History
from tui.messages import TurnSubmitted

PLACEHOLDER = "Ask, or say what to forget; / for commands"
PLACEHOLDER_PRIVATE = "Private: ask, and nothing of it is kept; / for commands"


class Prompt(TextArea):
    """The input. A turn leaves it at once; the screen gives back what cannot be taken."""

    class CompletionWanted(Message):
        """Tab was pressed."""

    class SearchWanted(Message):
        """Ctrl+R was pressed."""

    class LeaveWanted(Message):
        """Ctrl+D was pressed on an empty input."""

    def __init__(self) -> None:
        super().__init__(
            soft_wrap=True,
            compact=True,
            highlight_cursor_line=False,
            placeholder=PLACEHOLDER,
        )
        self.earlier = History()

    def show_private(self, private: bool) -> None:
        """Say whether what is typed here is kept."""
        self.placeholder = PLACEHOLDER_PRIVATE if private else PLACEHOLDER
        self.set_class(private, "private")

    def put(self, text: str) -> None:
        """Show a text, the cursor at its end."""
        self.load_text(text)
        self.move_cursor(self.document.end)

    def give_back(self, text: str) -> None:
        """Put a refused turn before what has been typed since."""
        self.put(text + self.text)

    def on_key(self, event: Key) -> None:
        """The keys that mean something else here than in a text.

        Not priority bindings: those overtake characters that are still on their way.
        """
        acts: dict[str, Callable[[], object]] = {
            "enter": self._submit,
            "ctrl+j": self._break_line,
            "shift+enter": self._break_line,
            "tab": partial(self.post_message, self.CompletionWanted()),
            "ctrl+r": partial(self.post_message, self.SearchWanted()),
        }
        if event.key in acts:
            event.prevent_default()
            event.stop()
            acts[event.key]()

    def on_paste(self, event: Paste) -> None:
        """Refuse at once what could never be sent, before the screen has to wrap it."""
        if len(event.text) > LONGEST:
            event.prevent_default()
            event.stop()
            size = f"{len(event.text):,} characters"
            self.notify(f"Not pasted: {size}; a turn has at most {LONGEST:,}.", severity="warning")

    def action_cursor_up(self, select: bool = False) -> None:
        """On the first line go back in the history."""
        if select or not self.cursor_at_first_line:
            super().action_cursor_up(select)
        else:
            self._browse(self.earlier.older(self.text))

    def action_cursor_down(self, select: bool = False) -> None:
        """On the last line come forward in the history."""
        if select or not self.cursor_at_last_line:
            super().action_cursor_down(select)
        else:
            self._browse(self.earlier.newer())

    def action_delete_right(self) -> None:
        """Ctrl+D leaves when there is nothing to delete."""
        if self.text:
            super().action_delete_right()
        else:
            self.post_message(self.LeaveWanted())

    def _submit(self) -> None:
        if self.text.strip():
            self.post_message(TurnSubmitted(self.text))
            self.load_text("")

    def _break_line(self) -> None:
        self.insert("\n")

    def _browse(self, entry: str | None) -> None:
        if entry is not None:
            self.put(entry)
