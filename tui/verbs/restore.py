"""`lethe restore`: undo requests, by their id or by what they are about."""

from tui.errors import DONE, NOT_DONE
from tui.plain import render_plain
from tui.ports import SessionLike
from tui.report import restore_blocks
from tui.verbs.call import Call, Outcome
from tui.verbs.order import Order


def restore(call: Call) -> int:
    """Restore what each text names, after consent."""

    def act(session: SessionLike, text: str) -> Outcome:
        order = Order(call, session)
        order.carry_out(session.send(text, intent="restore"))
        return _done(order) if order.receipts else _declined(order)

    return call.each_text(act)


def _done(order: Order) -> Outcome:
    requests = [
        {"request_id": receipt["request_id"], "subject": receipt["subject"],
         "state": receipt["state"]}
        for receipt in order.receipts
    ]  # fmt: skip
    names = ", ".join(receipt["subject"] for receipt in order.receipts)
    return Outcome({"state": "restored", "requests": requests}, f"Restored {names}.", DONE)


def _declined(order: Order) -> Outcome:
    requests = [
        {"request_id": row["request_id"], "subject": row["subject"], "state": row["state"]}
        for row in order.rows
    ]
    record = {"state": "declined", "requests": requests}
    if order.call.question or not order.rows:
        return Outcome(record, "Nothing was changed.", NOT_DONE)
    shown = render_plain(restore_blocks(order.rows))
    return Outcome(record, f"{shown}\nNothing was changed; add --yes.", NOT_DONE)
