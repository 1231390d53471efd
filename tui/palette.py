"""The slash commands in the command palette (Ctrl+P)."""

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tui.commands import COMMANDS, Command
from tui.screens.chat import ChatScreen


class CommandHits(Provider):
    """Offers each command; one that needs a text is put into the input."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for command in COMMANDS:
            yield DiscoveryHit(
                _title(command), partial(self._choose, command), help=command.summary
            )

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for command in COMMANDS:
            score = matcher.match(f"{command.name} {command.summary}")
            if score > 0:
                shown = matcher.highlight(_title(command))
                yield Hit(score, shown, partial(self._choose, command), help=command.summary)

    async def _choose(self, command: Command) -> None:
        chat = self.screen
        if not isinstance(chat, ChatScreen):
            return
        if command.complete:
            await chat.action_command(command.name)
        else:
            chat.prompt.put(f"/{command.name} ")
            chat.prompt.focus()


def _title(command: Command) -> str:
    return f"{command.name.capitalize()}: {command.summary}"
