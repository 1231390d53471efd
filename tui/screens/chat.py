"""The talk: turns go to the runner, its messages come back and are shown.

The screen knows in which phase the session is and nothing of how it works; what an event looks like
is the presenter's, what a slash command does is `tui.slash`'s.
"""

from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import TextArea

from agents.events import AnswerGrew, Intent, ReceiptIssued
from agents.turns import checked
from tui.commands import is_command
from tui.errors import UsageError, is_for_user, one_line
from tui.messages import (
    EventArrived,
    OpeningAdvanced,
    QuestionAnswered,
    RunEnded,
    SessionOpened,
    Snapshot,
    TurnSubmitted,
)
from tui.ports import OpenSession
from tui.presenter import Presenter
from tui.runner import NOTHING, Runner, Start
from tui.slash import Slash
from tui.widgets.consent import ChoiceCard, ConsentCard
from tui.widgets.hints import Hints
from tui.widgets.prompt import Prompt
from tui.widgets.status import Phase, Status, Work
from tui.widgets.transcript import Answer, Said, Trace, Transcript

WELCOME = "Lethe. Ask, or say what to forget. /help lists commands and keys."
WELCOME_PRIVATE = (
    "Lethe, in private: nothing of this is kept, and no memory is read. What was forgotten stays"
    " forgotten. /private goes back."
)
YES, NO = ("y", "yes"), ("n", "no")


class ChatScreen(Screen[None]):
    """One thread of talk with the patient."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop", "Stop"),
        Binding("f2", "command('list')", "Requests"),
        Binding("f3", "command('sessions')", "Sessions"),
        Binding("f4", "unfold", "Trace"),
        Binding("pageup", "scroll_talk(-1)", show=False, priority=True),
        Binding("pagedown", "scroll_talk(1)", show=False, priority=True),
    ]

    def __init__(
        self, open_session: OpenSession, other: OpenSession | None = None, *,
        private: bool = False,
    ) -> None:
        super().__init__()
        self.runner = Runner(open_session, self.post_message, other)
        self.snapshot = replace(NOTHING, private=private)
        self.phase: Phase = "opening"
        self._queued: str | None = None
        self._card: ConsentCard | ChoiceCard | None = None

    def compose(self) -> ComposeResult:
        """The talk, and below it work, hints, input and status."""
        yield Transcript()
        yield Work()
        yield Hints()
        yield Prompt()
        yield Status()

    async def on_mount(self) -> None:
        """Paint first; the session is opened by the app meanwhile."""
        self.transcript = self.query_one(Transcript)
        self.prompt = self.query_one(Prompt)
        self.presenter = Presenter(self.transcript, self.query_one(Work))
        self.slash = Slash(self)
        self.prompt.focus()
        self.enter("opening")
        await self._welcome()

    def enter(self, phase: Phase) -> None:
        """Change the phase and say so."""
        self.phase = phase
        self.query_one(Status).show(self.snapshot, phase)
        self.prompt.show_private(self.snapshot.private)

    async def change_over(self) -> None:
        """Go to the other session, private or not, which begins a new thread.

        Raises:
            UsageError: there is none.
        """
        self.runner.change_over()
        self.snapshot = replace(NOTHING, private=not self.snapshot.private)
        await self.transcript.clear()
        self.enter("opening")

    async def _welcome(self) -> None:
        text = WELCOME_PRIVATE if self.snapshot.private else WELCOME
        await self.transcript.remark(text, "welcome")

    def start(self, run: Start) -> None:
        """Begin a run of the session."""
        self.enter("working")
        self.runner.run(run)

    async def take_turn(self, text: str, intent: Intent | None = None) -> None:
        """Say one turn to the session, with the intent if a command has settled it."""
        await self.transcript.add(Said(text))
        self.transcript.anchor()
        self.start(lambda session: session.send(text, intent=intent))

    @on(TurnSubmitted)
    async def _submit(self, event: TurnSubmitted) -> None:
        try:
            text = checked(event.text)
            if is_command(text):
                await self.slash.run(text)
            else:
                await self._say(text)
            self.prompt.earlier.add(text)
        except Exception as error:
            if not is_for_user(error):
                raise
            await self.transcript.remark(one_line(error), "error")
            self.prompt.give_back(event.text)

    async def _say(self, text: str) -> None:
        """Take the turn now, or when the model is open, or as the answer to an open question.

        Raises:
            UsageError: none of that is possible now.
        """
        if self.phase == "idle":
            await self.take_turn(text)
        elif self.phase == "opening" and self._queued is None:
            self._queued = text
            self.notify("Your turn is sent as soon as the model is open.")
        elif isinstance(self._card, ConsentCard) and text.casefold() in YES + NO:
            self._card.answer(text.casefold() in YES)
        elif self._card is not None:
            raise UsageError("a question is open: answer it first (Tab goes there)")
        else:
            raise UsageError("one thing after the other: wait, or press Esc to stop an answer")

    @on(OpeningAdvanced)
    def _opening(self, event: OpeningAdvanced) -> None:
        self.query_one(Work).advance(event.stage, event.done, event.total)

    @on(SessionOpened)
    async def _opened(self, event: SessionOpened) -> None:
        await self.transcript.clear()
        self.snapshot = event.snapshot
        await self._welcome()
        for line in event.snapshot.lines:
            said = line["role"] == "user"
            await self.transcript.add((Said if said else Answer)(line["content"]))
        spoken = [line["content"] for line in event.snapshot.lines if line["role"] == "user"]
        self.prompt.earlier.replace(spoken)
        await self._settle(event.snapshot)
        await self._send_queued()

    @on(EventArrived)
    async def _show(self, event: EventArrived) -> None:
        if isinstance(event.event, AnswerGrew) and self.phase == "working":
            self.enter("answering")
        if isinstance(event.event, ReceiptIssued) and event.event.receipt["state"] == "active":
            self.prompt.earlier.drop(event.event.receipt["subject"])
        await self.presenter.show(event.event)

    @on(RunEnded)
    async def _ended(self, event: RunEnded) -> None:
        await self.presenter.end()
        if event.failure:
            await self.transcript.remark(event.failure, "error")
        await self._settle(event.snapshot)

    async def _settle(self, snapshot: Snapshot) -> None:
        """Rest between two runs: wait for an answer if a question is open, else for a turn."""
        self.snapshot, self._card = snapshot, None
        for line in snapshot.notices:
            await self.transcript.remark(line)
        self.query_one(Work).finish()
        if snapshot.waiting is None:
            self.enter("idle")
            self.prompt.focus()
            return
        self._card = await self.presenter.ask(snapshot.waiting)
        self.enter("waiting")
        if not self.prompt.text:
            self._card.take_focus()

    async def _send_queued(self) -> None:
        text, self._queued = self._queued, None
        if text is not None and self.phase == "idle":
            self.prompt.earlier.add(text)
            await self.take_turn(text)
        elif text is not None:
            self.prompt.give_back(text)

    @on(QuestionAnswered)
    def _answered(self, event: QuestionAnswered) -> None:
        self._card = None
        self.prompt.focus()
        self.start(lambda session: session.resume(event.answer))

    @on(TextArea.Changed)
    def _hint(self) -> None:
        self.query_one(Hints).show_for(self.prompt.text)

    @on(Prompt.CompletionWanted)
    def _complete(self) -> None:
        completed = Hints.completion(self.prompt.text)
        if completed is not None:
            self.prompt.put(completed)
        elif self._card is not None:
            self._card.take_focus()

    @on(Prompt.SearchWanted)
    def _search(self) -> None:
        from tui.screens.search import SearchScreen

        def put(found: str | None) -> None:
            if found is not None:
                self.prompt.put(found)

        self.app.push_screen(SearchScreen(self.prompt.earlier), put)

    @on(Prompt.LeaveWanted)
    async def _leave(self) -> None:
        await self.app.action_quit()

    def action_stop(self) -> None:
        """Stop the answer that runs; otherwise go back to the input."""
        if self.phase in ("working", "answering"):
            self.runner.stop()
        elif self._card is not None:
            self._card.take_focus()
        else:
            self.prompt.focus()

    async def action_command(self, name: str) -> None:
        """Run a slash command by its name, from a key or the palette."""
        await self._submit_command(f"/{name}")

    def action_scroll_talk(self, pages: int) -> None:
        """Scroll the talk while the input keeps the focus."""
        if pages < 0:
            self.transcript.scroll_page_up()
        else:
            self.transcript.scroll_page_down()

    def action_unfold(self) -> None:
        """Unfold or fold how the last answer came about."""
        traces = self.transcript.query(Trace)
        if traces:
            traces.last().collapsed = not traces.last().collapsed

    async def _submit_command(self, text: str) -> None:
        try:
            await self.slash.run(text)
        except Exception as error:
            if not is_for_user(error):
                raise
            await self.transcript.remark(one_line(error), "error")
