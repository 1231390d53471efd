"""`lethe ask`: one question, one answer, guarded."""

from agents.events import AnswerFinished, AnswerGrew, WorkAdvanced
from tui.errors import FAILED
from tui.ports import SessionLike
from tui.verbs.call import Call, Outcome


def ask(call: Call) -> int:
    """Answer each text; a person sees the answer grow, a program gets it whole."""

    def act(session: SessionLike, text: str) -> Outcome:
        shown = False
        finished: AnswerFinished | None = None
        for event in session.send(text, intent="ask"):
            match event:
                case AnswerGrew(piece):
                    call.progress.clear()
                    call.output.grow(piece)
                    shown = True
                case WorkAdvanced(stage, done, total):
                    call.progress(stage, done, total)
                case AnswerFinished():
                    finished = event
        return _outcome(call, finished, shown)

    return call.each_text(act)


def _outcome(call: Call, finished: AnswerFinished | None, shown: bool) -> Outcome:
    if finished is None:
        return Outcome({"error": "no answer came"}, "no answer came", FAILED)
    if shown:
        call.output.grow("\n")
    record = {
        "answer": finished.answer,
        "guarded": finished.guarded,
        "request_id": finished.request_id,
        "seconds": round(finished.seconds, 3),
    }
    return Outcome(record, "" if shown else finished.answer)
