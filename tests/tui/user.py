"""Somebody at the keyboard of the app, for tests that press keys and look."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from tests.tui.scripted import ScriptedSession
from tui.app import LetheApp
from tui.ports import OpenSession
from tui.preferences import PreferenceFile
from tui.screens.chat import ChatScreen
from tui.widgets.consent import ConsentCard
from tui.widgets.transcript import Answer, Remark, Report

PATIENCE = 10.0
"""Seconds after which a state that should come is given up."""


class User:
    """Somebody at the keyboard, who sees the chat screen."""

    def __init__(self, app: LetheApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def chat(self) -> ChatScreen:
        """The talk, also when another screen lies over it."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, ChatScreen)
        return screen

    async def until(self, true: Callable[[], object]) -> None:
        """Wait for a state of the app."""
        async with asyncio.timeout(PATIENCE):
            while not true():
                await self.pilot.pause(0.01)

    async def rest(self, phase: str = "idle") -> None:
        """Wait for the session to be at rest, or in another phase."""
        await self.until(lambda: self.chat.phase == phase)
        await self.pilot.pause()

    async def say(self, text: str, then: str = "idle") -> None:
        """Type a line, send it, and wait."""
        self.chat.prompt.put(text)
        await self.pilot.press("enter")
        await self.pilot.pause()
        await self.rest(then)

    async def card(self) -> ConsentCard:
        """The plan, once it takes keys."""
        await self.until(lambda: any(card.armed for card in self.chat.query(ConsentCard)))
        return self.chat.query(ConsentCard).last()

    def answers(self) -> list[str]:
        """The answers in the talk."""
        return [answer.source for answer in self.chat.query(Answer)]

    def remarks(self, kind: str = "note") -> list[str]:
        """The app's own lines."""
        return [str(remark.content) for remark in self.chat.query(Remark) if remark.has_class(kind)]

    def reports(self) -> str:
        """Everything reported, as Markdown."""
        return "\n".join(report.source for report in self.chat.query(Report))


@asynccontextmanager
async def using(
    session: ScriptedSession | OpenSession, preferences: PreferenceFile | None = None,
    other: OpenSession | None = None, *, private: bool = False,
) -> AsyncIterator[User]:
    """The app on 80 by 24 characters with this session."""
    opener = session.open if isinstance(session, ScriptedSession) else session
    app = LetheApp(opener, preferences, other, private=private)
    async with app.run_test(size=(80, 24)) as pilot:
        user = User(app, pilot)
        if isinstance(session, ScriptedSession):
            await user.until(lambda: user.chat.phase not in ("opening", "working"))
            await pilot.pause()
        yield user
