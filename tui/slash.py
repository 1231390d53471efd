"""What the slash commands do: one method each, named after the command.

Other screens are imported when they are first wanted, for the first one to be painted sooner.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agents.events import Receipt
from tui.commands import help_tables, parse_command
from tui.errors import UsageError
from tui.export import export_lines
from tui.markdown import code_blocks
from tui.paths import named
from tui.plain import render_plain

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen
    from tui.screens.requests import Wanted

NEEDS_REST = {
    "forget", "restore", "list", "remember", "verify", "receipts", "scan", "new", "private",
    "sessions", "export",
}
"""Commands that need the session, and so wait until it is at rest."""


class Slash:
    """Runs commands for one chat screen."""

    def __init__(self, chat: "ChatScreen") -> None:
        self._chat = chat
        self._run: dict[str, Callable[[str], Awaitable[None]]] = {
            "help": self._help,
            "forget": partial(self._order, "forget"),
            "restore": partial(self._order, "restore"),
            "remember": partial(self._order, "remember"),
            "list": self._list,
            "verify": self._verify,
            "receipts": self._receipts,
            "scan": self._scan,
            "new": self._new,
            "private": self._private,
            "sessions": self._sessions,
            "copy": self._copy,
            "export": self._export,
            "theme": self._theme,
            "quit": self._quit,
        }

    async def run(self, text: str) -> None:
        """Run one command.

        Raises:
            UsageError: unknown, incomplete, or not possible now.
        """
        command, argument = parse_command(text)
        if command.name in NEEDS_REST and self._chat.phase != "idle":
            raise UsageError(f"/{command.name} has to wait: the session is {self._chat.phase}")
        await self._run[command.name](argument)

    async def _help(self, _: str) -> None:
        await self._chat.transcript.remark(render_plain(help_tables()))

    async def _order(self, intent: str, argument: str) -> None:
        if intent == "forget":
            await self._chat.take_turn(argument, "forget")
        elif intent == "restore":
            await self._chat.take_turn(argument, "restore")
        else:
            await self._chat.take_turn(argument, "remember")

    async def _list(self, _: str) -> None:
        from tui.screens.requests import RequestsScreen

        async def receipt(request_id: str) -> Receipt | None:
            return await self._chat.runner.read(lambda session: session.receipt(request_id))

        def act(wanted: "Wanted | None") -> None:
            if wanted is not None:
                self._chat.run_worker(self.run(f"/{wanted.action} {wanted.request_id}"))

        screen = RequestsScreen(self._chat.snapshot.requests, receipt)
        self._chat.app.push_screen(screen, act)

    async def _verify(self, argument: str) -> None:
        self._chat.start(lambda session: session.verify(argument or None))

    async def _receipts(self, argument: str) -> None:
        from tui.receipts import kept_blocks, numbered, receipts_blocks

        reading = await self._chat.runner.read(lambda session: session.receipts())
        blocks = kept_blocks(numbered(reading, argument)) if argument else receipts_blocks(reading)
        await self._chat.transcript.report(blocks)

    async def _scan(self, argument: str) -> None:
        self._chat.start(lambda session: session.scan(argument))

    async def _new(self, _: str) -> None:
        self._switch(None)

    async def _private(self, _: str) -> None:
        await self._chat.change_over()

    async def _sessions(self, _: str) -> None:
        from tui.screens.sessions import SessionsScreen

        threads = await self._chat.runner.read(lambda session: session.threads())
        if not threads:
            raise UsageError("there is no earlier session")

        def resume(thread_id: str | None) -> None:
            if thread_id is not None:
                self._switch(thread_id)

        screen = SessionsScreen(threads, self._chat.snapshot.thread_id)
        self._chat.app.push_screen(screen, resume)

    def _switch(self, thread_id: str | None) -> None:
        self._chat.enter("opening")
        self._chat.runner.switch(thread_id)

    async def _copy(self, argument: str) -> None:
        answer = self._chat.presenter.last_answer
        if argument not in ("", "code"):
            raise UsageError(f"/copy takes 'code' or nothing, not {argument!r}")
        blocks = code_blocks(answer) if argument else [answer]
        if not blocks or not blocks[-1]:
            raise UsageError(f"there is no {'code block' if argument else 'answer'} to copy")
        self._chat.app.copy_to_clipboard(blocks[-1])
        self._chat.notify("Copied.")

    async def _export(self, argument: str) -> None:
        if self._chat.snapshot.private:
            from agents.errors import DECLINED, KeepsNothing

            raise KeepsNothing(DECLINED)
        lines = await self._chat.runner.read(lambda session: session.transcript())
        if not lines:
            raise UsageError("there is nothing to export yet")
        stamp = datetime.now(UTC).astimezone().strftime("%Y-%m-%d-%H%M%S")
        try:
            path = named(Path(argument or f"lethe-{stamp}.md")).absolute()
        except ValueError as error:
            raise UsageError(f"{argument!r} is no file to write, expected {error}") from None
        export_lines(lines, path)
        await self._chat.transcript.remark(
            f"Written to {path}. The file is yours: what you forget later stays in it."
        )

    async def _theme(self, argument: str) -> None:
        app = self._chat.app
        if not argument:
            app.search_themes()
        elif argument in app.available_themes:
            app.theme = argument
        else:
            known = ", ".join(sorted(app.available_themes))
            raise UsageError(f"there is no theme {argument!r}; there are {known}")

    async def _quit(self, _: str) -> None:
        await self._chat.app.action_quit()
