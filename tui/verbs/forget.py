"""`lethe forget`: find, show, and on consent forget."""

from agents.events import Receipt
from tui.errors import NOT_DONE
from tui.output import Record
from tui.plain import render_plain
from tui.ports import SessionLike
from tui.report import plan_blocks, receipt_blocks
from tui.verbs.call import Call, Outcome
from tui.verbs.order import Order


def forget(call: Call) -> int:
    """Forget what each text names; without consent nothing is done and the plan is the result."""
    method = call.arguments.method or call.settings.method

    def act(session: SessionLike, text: str) -> Outcome:
        order = Order(call, session)
        order.carry_out(session.send(text, intent="forget", method=method))
        if order.receipts:
            return _done(order.receipts[-1])
        return _not_done(order, text, method)

    return call.each_text(act)


def _done(receipt: Receipt) -> Outcome:
    status = NOT_DONE if receipt["state"] == "failed" else 0
    return Outcome(dict(receipt), render_plain(receipt_blocks(receipt)), status)


def _not_done(order: Order, text: str, method: str) -> Outcome:
    plan = order.plan
    if plan is None:
        record = _empty(None, "ambiguous" if order.options else "declined", text, method)
        return Outcome(record | {"options": list(order.options)}, _which(order, text), NOT_DONE)
    record = _empty(plan["request_id"], "declined", plan["subject"], plan["method"])
    shown = "" if order.call.question else render_plain(plan_blocks(plan)) + "\n"
    hint = "Nothing was changed." if order.call.question else "Nothing was changed; add --yes."
    return Outcome(record | {"plan": dict(plan)}, shown + hint, NOT_DONE)


def _which(order: Order, text: str) -> str:
    if not order.options:
        return "Nothing was changed."
    return f"Nothing was changed: {text!r} may be {', '.join(order.options)}; name one."


def _empty(request_id: str | None, state: str, subject: str, method: str) -> Record:
    return {
        "request_id": request_id,
        "state": state,
        "subject": subject,
        "method": method,
        "seconds": 0.0,
        "probes": {},
        "neighbours": {"asked": 0, "kept": 0},
    }
