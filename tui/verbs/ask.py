"""`lethe ask`: one question, one answer, guarded."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from agents.events import (
    AnswerFinished,
    AnswerGrew,
    Event,
    StepTaken,
    ThoughtGrew,
    WorkAdvanced,
)
from tui.errors import FAILED
from tui.ports import SessionLike
from tui.verbs.call import Call, Outcome


def ask(call: Call) -> int:
    """Answer each text; a person sees the answer grow, a program gets it whole."""

    def act(session: SessionLike, text: str) -> Outcome:
        heard = Heard(call)
        heard.listen(session.send(text, intent="ask"))
        return heard.outcome()

    return call.each_text(act)


@dataclass
class Heard:
    """What came of one question; a person sees the answer as it comes."""

    call: Call
    finished: AnswerFinished | None = None
    shown: bool = False
    thought: str = ""
    steps: list[StepTaken] = field(default_factory=list)

    def listen(self, events: Iterable[Event]) -> None:
        """Take in every event of the turn."""
        for event in events:
            match event:
                case AnswerGrew(piece):
                    self.call.progress.clear()
                    self.call.output.grow(piece)
                    self.shown = True
                case WorkAdvanced(stage, done, total):
                    self.call.progress(stage, done, total)
                case StepTaken():
                    self.steps.append(event)
                case ThoughtGrew(piece):
                    self.thought += piece
                case AnswerFinished():
                    self.finished = event

    def outcome(self) -> Outcome:
        """The record for a program, and the text that a person has not seen yet."""
        if self.finished is None:
            return Outcome({"error": "no answer came"}, "no answer came", FAILED)
        if self.shown:
            self.call.output.grow("\n")
        record = {
            "answer": self.finished.answer,
            "guarded": self.finished.guarded,
            "request_id": self.finished.request_id,
            "seconds": round(self.finished.seconds, 3),
            "thought": self.thought,
            "trace": [asdict(step) for step in self.steps],
        }
        return Outcome(record, "" if self.shown else self.finished.answer)
