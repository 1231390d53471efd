"""An order to the memory, carried from its first event over the owner's consent to its receipts."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from agents.events import (
    ChoiceNeeded,
    Event,
    Notice,
    Plan,
    PlanProposed,
    ProbesAnswered,
    Receipt,
    ReceiptIssued,
    RequestRow,
    RestoreProposed,
    WorkAdvanced,
)
from tui.plain import render_plain
from tui.ports import SessionLike, Waiting
from tui.report import Block, plan_blocks, restore_blocks
from tui.verbs.call import Call


@dataclass(slots=True)
class Order:
    """What has become known of the order so far."""

    call: Call
    session: SessionLike
    receipts: list[Receipt] = field(default_factory=list)
    plan: Plan | None = None
    rows: tuple[RequestRow, ...] = ()
    options: tuple[str, ...] = ()
    """The choice that nobody was there to make."""

    def carry_out(self, events: Iterable[Event]) -> None:
        """Follow the events, answer the questions, and keep what comes of it."""
        question = self._follow(events)
        while question is not None:
            question = self._follow(self.session.resume(self._answer(question)))

    def _follow(self, events: Iterable[Event]) -> Waiting | None:
        question: Waiting | None = None
        for event in events:
            match event:
                case WorkAdvanced(stage, done, total):
                    self.call.progress(stage, done, total)
                case ProbesAnswered(kind, _, count):
                    self.call.progress(f"verifying: {kind}", count["asked"], count["asked"])
                case ReceiptIssued(receipt):
                    self.receipts.append(receipt)
                case Notice(text) if self.call.question:
                    self.call.output.remark(text)
                case PlanProposed() | RestoreProposed() | ChoiceNeeded():
                    question = event
        self.call.progress.clear()
        return question

    def _answer(self, question: Waiting) -> bool | str:
        match question:
            case PlanProposed(plan):
                self.plan = plan
                return self._consent(plan_blocks(plan))
            case RestoreProposed(rows):
                self.rows = rows
                return self._consent(restore_blocks(rows))
            case ChoiceNeeded():
                return self._choose(question)

    def _consent(self, blocks: list[Block]) -> bool:
        if self.call.arguments.yes:
            return True
        if self.call.question is None:
            return False
        self.call.output.remark(render_plain(blocks))
        return self.call.question("Go ahead? [y/N] ").strip().lower() in ("y", "yes")

    def _choose(self, asked: ChoiceNeeded) -> str | bool:
        if self.call.question is None:
            self.options = asked.options
            return False
        self.call.output.remark(asked.question)
        for number, option in enumerate(asked.options, start=1):
            self.call.output.remark(f"  {number}. {option}")
        answer = self.call.question(f"1 to {len(asked.options)}, or nothing for none: ").strip()
        if answer.isdecimal() and 1 <= int(answer) <= len(asked.options):
            return asked.options[int(answer) - 1]
        return answer if answer in asked.options else False
