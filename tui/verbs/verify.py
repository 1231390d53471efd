"""`lethe verify`: attack what was forgotten and say what still leaks."""

from agents.events import Notice, ProbesAnswered, ReceiptIssued, WorkAdvanced
from tui.errors import DONE, NOT_DONE
from tui.plain import render_plain
from tui.ports import SessionLike
from tui.report import leaked, receipt_blocks
from tui.verbs.call import Call, Outcome


def verify(call: Call) -> int:
    """Verify one request, those named on standard input, or all that are active."""
    if call.arguments.text is not None:
        return call.each_text(lambda session, text: _verified(call, session, text))
    with call.session() as session:
        outcome = _verified(call, session, None)
    call.output.result(outcome.record, outcome.text)
    return outcome.status


def _verified(call: Call, session: SessionLike, request_id: str | None) -> Outcome:
    receipts = []
    for event in session.verify(request_id):
        match event:
            case WorkAdvanced(stage, done, total):
                call.progress(stage, done, total)
            case ProbesAnswered(kind, _, count):
                call.progress(f"verifying: {kind}", count["asked"], count["asked"])
            case Notice(text):
                call.output.remark(text)
            case ReceiptIssued(receipt):
                receipts.append(receipt)
    call.progress.clear()
    total = sum(map(leaked, receipts))
    record = {"leaked": total, "receipts": [dict(receipt) for receipt in receipts]}
    text = "\n".join(render_plain(receipt_blocks(receipt)) for receipt in receipts)
    return Outcome(record, text, NOT_DONE if total else DONE)
