"""The app: opens the screen at once and the session behind it, and closes both in order."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import App
from textual.binding import Binding, BindingType

from tui.errors import FAILED
from tui.messages import OpeningFailed
from tui.ports import OpenSession
from tui.preferences import PreferenceFile, Preferences
from tui.screens.chat import ChatScreen

if TYPE_CHECKING:
    from textual.command import Provider


def _command_hits() -> "type[Provider]":
    """Our part of the palette, imported when it is first opened."""
    from tui.palette import CommandHits

    return CommandHits


class LetheApp(App[None]):
    """Built from what opens a session, so that a test can hand over its own.

    `other` opens the session that `/private` goes to; `private` tells which of the two keeps
    nothing, so that the screen can say so before either is open.
    """

    TITLE = "Lethe"
    CSS_PATH = "lethe.tcss"
    COMMANDS = App.COMMANDS | {_command_hits}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", priority=True),
    ]

    def __init__(
        self, open_session: OpenSession, preferences: PreferenceFile | None = None,
        other: OpenSession | None = None, *, private: bool = False,
    ) -> None:
        super().__init__()
        self.failure: str | None = None
        self._preferences = preferences or PreferenceFile()
        self._chat = ChatScreen(open_session, other, private=private)

    def get_default_screen(self) -> ChatScreen:
        """The talk is the first screen, without a blank one before it."""
        return self._chat

    def on_mount(self) -> None:
        """Put on the colours of last time, paint, and only then open the session."""
        saved = self._preferences.load().theme
        if saved in self.available_themes:
            self.theme = saved
        self.theme_changed_signal.subscribe(self, lambda theme: self._keep_theme(theme.name))
        self.call_after_refresh(self._chat.runner.open)

    async def on_unmount(self) -> None:
        """Whatever ended the app, the session is closed."""
        await self._chat.runner.close()

    async def action_quit(self) -> None:
        """Stop what runs, close the session, leave."""
        self._chat.enter("closing")
        self.run_worker(self._close(), exclusive=True)

    @on(OpeningFailed)
    def _give_up(self, event: OpeningFailed) -> None:
        self.failure = event.reason
        self.exit(return_code=FAILED)

    async def _close(self) -> None:
        await self._chat.runner.close()
        self.exit()

    def _keep_theme(self, name: str) -> None:
        if self._chat.snapshot.private or name == self._preferences.load().theme:
            return
        try:
            self._preferences.save(Preferences(theme=name))
        except OSError as error:
            self.notify(f"The theme is not kept: {error}", severity="warning")
