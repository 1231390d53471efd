"""Questions to the owner inside the talk: yes or no to a plan, or one of several subjects."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from agents.events import ChoiceNeeded
from tui.messages import QuestionAnswered
from tui.plain import clean
from tui.report import Block
from tui.widgets.transcript import Report

ARM_AFTER = 0.4
"""Seconds in which keys are ignored: what was typed before the question came is no answer to it."""


class ConsentCard(Vertical):
    """A plan with a yes and a no. No has the focus: Enter and Esc change nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape", "answer(False)", "No"),
        Binding("left,right,up,down", "other", show=False),
    ]

    def __init__(self, blocks: Sequence[Block], yes: str) -> None:
        super().__init__()
        self._blocks = blocks
        self._yes = yes
        self.armed = False

    def compose(self) -> ComposeResult:
        """The plan, and two buttons below it."""
        yield Report(self._blocks)
        with Horizontal(classes="answers"):
            yield Button("No (n, Enter)", id="no", compact=True)
            yield Button(f"{self._yes} (y)", id="yes", variant="warning", compact=True)

    def on_mount(self) -> None:
        """Take answers only after a moment."""
        self.set_timer(ARM_AFTER, self._arm)

    def take_focus(self) -> None:
        """Let the next key answer."""
        self.query_one("#no", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """A button was clicked, or Enter pressed on it."""
        event.stop()
        self.action_answer(event.button.id == "yes")

    def action_answer(self, consent: bool) -> None:
        """A key or button answered, unless it was pressed before the question could be read."""
        if self.armed:
            self.answer(consent)

    def answer(self, consent: bool) -> None:
        """Answer once; the buttons go."""
        self.armed = False
        for buttons in self.query(".answers"):
            buttons.remove()
            said = "You said yes." if consent else "You said no."
            self.mount(Static(Content(said), classes="note"))
            self.post_message(QuestionAnswered(consent))

    def action_other(self) -> None:
        """Move to the other button."""
        self.screen.focus_next("ConsentCard Button")

    def _arm(self) -> None:
        self.armed = True


class ChoiceCard(Vertical):
    """Several subjects match, and the user picks one; Esc picks none."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "none", "None of them")]

    def __init__(self, choice: ChoiceNeeded) -> None:
        super().__init__()
        self._choice = choice

    def compose(self) -> ComposeResult:
        """The question and its options."""
        yield Static(Content(clean(self._choice.question)))
        yield OptionList(*(Option(Content(clean(option))) for option in self._choice.options))

    def take_focus(self) -> None:
        """Let the arrow keys choose."""
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """An option was picked."""
        event.stop()
        self.answer(self._choice.options[event.option_index])

    def action_none(self) -> None:
        """Pick none of them."""
        self.answer(False)

    def answer(self, answer: str | bool) -> None:
        """Answer once; the list goes."""
        for options in self.query(OptionList):
            options.remove()
            said = answer if isinstance(answer, str) else "None of them."
            self.mount(Static(Content(clean(said)), classes="note"))
            self.post_message(QuestionAnswered(answer))
