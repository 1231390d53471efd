"""The verb `purge`: what was told leaves every store, after a look at what that is."""

from agents.copies import PurgePlan
from tui.errors import DONE, NOT_DONE
from tui.plain import render_plain
from tui.ports import SessionLike
from tui.report import purge_blocks, purged_blocks
from tui.verbs.call import Call, Outcome


def purge(call: Call) -> int:
    """Show what is kept, ask, remove it, and count again."""

    def act(session: SessionLike, text: str) -> Outcome:
        plan = session.plan_purge(call.arguments.by, text)
        if not _agreed(call, plan):
            record = {"purged": False, "plan": plan}
            return Outcome(record, "Nothing was changed.", NOT_DONE)
        receipt = session.purge(plan)
        clean = not any(receipt["left"].values())
        record = {"purged": clean, **receipt}
        return Outcome(record, render_plain(purged_blocks(receipt)), DONE if clean else NOT_DONE)

    return call.each_text(act)


def _agreed(call: Call, plan: PurgePlan) -> bool:
    if call.arguments.yes:
        return True
    if call.question is None:
        return False
    call.output.remark(render_plain(purge_blocks(plan)))
    return call.question("Go ahead? [y/N] ").strip().lower() in ("y", "yes")
