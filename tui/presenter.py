"""From the session's events to what stands in the talk; one place, one table of cases."""

from agents.events import (
    AnswerFinished,
    AnswerGrew,
    ChoiceNeeded,
    Event,
    FilesScanned,
    MemoryKept,
    Notice,
    PlanProposed,
    ProbesAnswered,
    ReceiptIssued,
    RequestsListed,
    RestoreProposed,
    StepTaken,
    ThoughtGrew,
    TurnJudged,
    WorkAdvanced,
)
from tui.ports import Waiting
from tui.report import (
    Paragraph,
    count,
    plan_blocks,
    receipt_blocks,
    requests_table,
    restore_blocks,
    verdict_line,
)
from tui.scanned import scan_blocks
from tui.widgets.consent import ChoiceCard, ConsentCard
from tui.widgets.status import Work
from tui.widgets.transcript import Answer, Trace, Transcript
from tui.widgets.verification import Verification


class Presenter:
    """Shows events in a transcript; keeps the widgets that are still growing."""

    def __init__(self, transcript: Transcript, work: Work) -> None:
        self._transcript = transcript
        self._work = work
        self._answer: Answer | None = None
        self._verification: Verification | None = None
        self._steps: list[StepTaken] = []
        self._thought = ""
        self.last_answer = ""

    async def show(self, event: Event) -> None:
        """Put one event on the screen. Questions are shown by `ask`, when the run has ended."""
        match event:
            case WorkAdvanced(stage, done, total):
                self._work.advance(stage, done, total)
            case AnswerGrew(text):
                await (await self._growing()).grow(text)
            case ThoughtGrew(text):
                self._thought += text
            case StepTaken():
                self._steps.append(event)
            case AnswerFinished():
                await self._finish_answer(event)
            case ProbesAnswered():
                await self._add_probes(event)
            case ReceiptIssued(receipt):
                await self._drop_verification()
                await self._transcript.report(receipt_blocks(receipt))
            case FilesScanned(text, report):
                await self._transcript.report(scan_blocks(text, report))
            case _:
                await self._remark(event)

    async def ask(self, question: Waiting) -> ConsentCard | ChoiceCard:
        """Put an open question on the screen."""
        card: ConsentCard | ChoiceCard
        match question:
            case PlanProposed(plan):
                card = ConsentCard(plan_blocks(plan), "Yes, forget")
            case RestoreProposed(requests):
                card = ConsentCard(restore_blocks(requests), "Yes, restore")
            case ChoiceNeeded():
                card = ChoiceCard(question)
        await self._transcript.add(card)
        return card

    async def end(self) -> None:
        """The run is over, whole or not: nothing grows any more."""
        self._work.finish()
        await self._drop_verification()
        if self._answer is not None:
            self.last_answer = self._answer.source
            await self._answer.finish(self._answer.source)
            self._answer = None
        await self._fold()

    async def _remark(self, event: Event) -> None:
        match event:
            case TurnJudged(verdict) if verdict["intent"] != "ask":
                await self._transcript.remark(verdict_line(verdict))
            case RequestsListed(requests):
                empty = Paragraph("Nothing was ever to be forgotten.")
                table = requests_table(requests)
                await self._transcript.report([table if requests else empty])
            case MemoryKept(_, text):
                await self._transcript.remark(f"Remembered: {text}")
            case Notice(text):
                await self._transcript.remark(text)

    async def _growing(self) -> Answer:
        if self._answer is None:
            self._answer = Answer()
            await self._transcript.add(self._answer)
        return self._answer

    async def _finish_answer(self, event: AnswerFinished) -> None:
        self._work.finish()
        await (await self._growing()).finish(event.answer)
        self._answer, self.last_answer = None, event.answer
        await self._fold()
        if event.stopped:
            await self._transcript.remark("Stopped; this is what had come.")

    async def _fold(self) -> None:
        """Put what led to the answer under it, folded."""
        if self._thought.strip():
            await self._transcript.add(Trace("thought", self._thought.strip()))
        if self._steps:
            title = f"how this was answered: {count(len(self._steps), 'step', 'steps')}"
            text = "\n".join(f"{step.agent}: {step.said}" for step in self._steps)
            await self._transcript.add(Trace(title, text))
        self._thought, self._steps = "", []

    async def _add_probes(self, event: ProbesAnswered) -> None:
        if self._verification is None:
            self._verification = Verification()
            await self._transcript.add(self._verification)
        self._verification.add(event)
        self._work.advance(f"verifying: {event.kind}", event.count["asked"], event.count["asked"])

    async def _drop_verification(self) -> None:
        if self._verification is not None:
            await self._verification.remove()
            self._verification = None
