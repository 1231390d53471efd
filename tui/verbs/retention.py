"""`lethe retention`: after how many days conversations are forgotten."""

from tui.errors import DONE, NOT_DONE
from tui.output import Record
from tui.verbs.call import Call


def retention(call: Call) -> int:
    """Say it, or set it; where conversations would go at once, after consent."""
    from agents.retention import days_in, ordered

    said = call.arguments.days
    days = days_in(said) if said is not None else None
    with call.session() as session:
        kept, due, total = session.chats_due(days)
        if said is None:
            call.output.result(_record(kept, "kept", due, total), _now(kept, due, total))
            return DONE
        if days is not None and due and not _agreed(call, days, due, total):
            hint = "" if call.question else "; add --yes"
            text = f"{due} of {total} conversations would go now. Nothing was changed{hint}."
            call.output.result(_record(kept, "declined", due, total), text)
            return NOT_DONE
        gone = session.keep_chats(days)
    call.output.result(_record(days, "ordered", gone, total), ordered(days, gone))
    return DONE


def _agreed(call: Call, days: int, due: int, total: int) -> bool:
    if call.arguments.yes:
        return True
    if call.question is None:
        return False
    from agents.retention import STAYS, in_days

    rule = f"Conversations will go {in_days(days)} after their last turn"
    call.output.remark(f"{rule}; {due} of {total} go now; {STAYS}.")
    return call.question("Go ahead? [y/N] ").strip().lower() in ("y", "yes")


def _now(days: int | None, due: int, total: int) -> str:
    from agents.retention import in_days

    if days is None:
        return f"Conversations are kept until you have them forgotten; there are {total}."
    return (
        f"Conversations go {in_days(days)} after their last turn;"
        f" {due} of {total} are older by this clock."
    )


def _record(days: int | None, state: str, due: int, total: int) -> Record:
    return {"keep_chats_days": days, "state": state, "due": due, "total": total}
