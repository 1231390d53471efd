"""The verbs that only read, or only add: `list`, `remember`, `watch`."""

from agents.events import MemoryKept, Notice
from tui.errors import NOT_DONE
from tui.plain import render_plain
from tui.ports import SessionLike
from tui.report import requests_table, verdict_line
from tui.verbs.call import Call, Outcome


def list_requests(call: Call) -> int:
    """Print the ledger, newest first; no model is opened for it."""
    from tui.stores import open_ledger

    with open_ledger(call.settings) as ledger:
        rows = ledger.rows()
    text = render_plain([requests_table(rows)]) if rows else "Nothing was ever to be forgotten."
    call.output.result([dict(row) for row in rows], text)
    return 0


def remember(call: Call) -> int:
    """Keep each text."""

    def act(session: SessionLike, text: str) -> Outcome:
        outcome = _not_kept(text, "it was not kept")
        for event in session.send(text, intent="remember"):
            match event:
                case MemoryKept(memory_id, kept):
                    record = {"memory_id": memory_id, "text": kept}
                    outcome = Outcome(record, f"Remembered: {kept}")
                case Notice(why):
                    outcome = _not_kept(text, why)
        return outcome

    return call.each_text(act)


def watch(call: Call) -> int:
    """Print how the watchdog reads each text."""

    def act(session: SessionLike, text: str) -> Outcome:
        verdict = session.judge(text)
        return Outcome(dict(verdict), verdict_line(verdict))

    return call.each_text(act)


def _not_kept(text: str, why: str) -> Outcome:
    return Outcome({"memory_id": None, "text": text, "reason": why}, why, NOT_DONE)
