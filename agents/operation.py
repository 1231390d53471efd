"""The effects of a request, one idempotent function a step, driven by the ledger alone.

The graph's nodes call them, and so does the recovery at the next start after a crash: each reads
the request's row, does what is not yet done, and leaves the row one state further.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from time import monotonic

from agents import receipts, verification
from agents.context import Context, Emit
from agents.errors import NothingToForget
from agents.events import (
    Event,
    Method,
    Notice,
    Receipt,
    ReceiptIssued,
    RequestRow,
    RequestState,
)
from agents.planning import MEMORIES, full_names
from agents.ports import Advance
from agents.state import Line, line_of
from agents.targets import guard, guard_again
from agents.verification import Measured
from memory.errors import MemoryFault, StoreCorrupt
from memory.receipts import ReceiptEvent
from memory.redaction import without
from memory.request import Record, edited, guarded
from memory.text import Mentions
from tools.editing.findings import Findings
from tools.errors import ToolError
from tools.models.types import Message

ADJUSTMENTS = 2
"""Times that an edit is made stronger or weaker after its probes; each is a whole verification."""

HOLDING: tuple[RequestState, ...] = ("active",)

KEPT_FILE = "the model file itself: the edit is an adapter beside it, the file holds what it held"
UNEDITED = "the model's weights: answers are guarded, the model still knows it"
NOT_PROBED = "whether it still leaks was not measured: this model was not asked about it"
OTHER_MODEL = "this model cannot be probed, or is not the one it was made on"
KEPT_FOR_RESTORE = "the ledger keeps the subject, the plan and removed memories for a restore"
KEPT_IN_RECEIPTS = "the receipts keep the subject's name, sealed"
NOT_ERASED = (
    KEPT_FOR_RESTORE,
    KEPT_IN_RECEIPTS,
    "what the model wrote about it in its own study, which the model file holds anyway",
    "backups and copies made outside this data directory",
)


def operate(context: Context, request_id: str, advance: Advance) -> None:
    """Purge, guard and edit as the plan says; safe to run again after a crash at any line.

    Where only an edit would hold, it comes first: if it fails, nothing was taken away.
    """
    if context.ledger.get(request_id)["state"] == "verified":
        return
    started = monotonic()
    row = approved(context, request_id)
    method: Method = row["method"]
    if method == "edit":
        edit(context, row, advance)
    row = purge(context, row)
    if guarded(row):
        guard(context, row)
    if method == "both":
        method = edit(context, row, advance)
    context.ledger.advance(
        request_id, "operating", method=method, seconds=monotonic() - started
    )


def approved(context: Context, request_id: str) -> Record:
    """The request's row, with the consent on record and the work begun."""
    if context.ledger.get(request_id)["state"] == "proposed":
        context.ledger.advance(request_id, "approved")
    context.ledger.advance(request_id, "operating")
    return context.ledger.get(request_id)


def purge(context: Context, row: Record) -> Record:
    """Remove lines of talk, the plan's memories, and what was told by name since the plan.

    The memories are kept aside in the ledger's row.
    """
    ids = [memory["id"] for memory in row["plan"]["memories"]]
    ids += [one for one in told_by_name(context, row) if one not in ids]
    aside = row["purged"] or []
    known = {memory["id"] for memory in aside}
    fresh = context.memories.rows([one for one in ids if one not in known])
    if row["purged"] is None or fresh:
        context.ledger.advance(row["request_id"], "operating", purged=[*aside, *fresh])
    context.memories.remove(ids)
    if row["scope"] == "thread":
        context.saved.forget_thread(row["thread_id"], for_good=False)
    else:
        context.saved.purge(full_names(row["subject"], row["aliases"]))
    return context.ledger.get(row["request_id"])


def told_by_name(context: Context, row: Record) -> list[str]:
    """Ids of the memories that name the subject outright."""
    if row["scope"] == "thread":
        return []
    names = full_names(row["subject"], row["aliases"])
    found = context.memories.matching(names, row["subject"], MEMORIES)
    return [memory["id"] for memory in found if memory["score"] >= 1.0]


def edit(context: Context, row: Record, advance: Advance) -> Method:
    """Edit the weights; where that fails and the guard stands, the request goes on as guarded.

    Why it failed is part of the plan's warnings, and so of the receipt.

    Raises:
        ToolError: the edit failed and nothing else would hold.
    """
    try:
        if context.editor is None:
            raise ToolError(f"this model cannot be edited: {context.patient.info.name!r}")
        context.editor.operate(row["request_id"], row["subject"], found(row), advance)
    except ToolError as error:
        warned = [*row["plan"]["warnings"], f"{receipts.NOT_EDITED}: {error}"]
        plan = {**row["plan"], "warnings": warned}
        if row["method"] == "edit":
            context.memories.restore(row["purged"] or [])
            context.ledger.advance(row["request_id"], "failed", purged=[], plan=plan)
            issued(context, row["request_id"], "failed")
            raise
        context.ledger.advance(row["request_id"], "operating", plan=plan)
        return "guard"
    return row["method"]


def verify(context: Context, request_id: str, emit: Emit) -> None:
    """Probe the patient without and with the guard and write the counts into the row.

    An edit that leaks without the guard is made stronger, one that costs a neighbour weaker, and
    probed again, a few times at most; what does not make it better is taken back.
    """
    row = context.ledger.get(request_id)
    measured = verification.measure(context, row["subject"], found(row), emit)
    for _attempt in range(ADJUSTMENTS if edited(row) else 0):
        stronger = verification.leaks(measured) > 0
        if not (stronger or verification.lost(measured)) or not adjusted(context, row, stronger):
            break
        again = verification.measure(context, row["subject"], found(row), emit)
        if not verification.better(again, measured):
            adjusted(context, row, not stronger)
            break
        measured = again
    complete(context, row, measured, emit)
    context.ledger.advance(request_id, "verified", measured=measured)


def complete(context: Context, row: Record, measured: Measured, emit: Emit) -> None:
    """Add to the counts those with the guard, and what a look inside the model shows."""
    measured["guarded_probes"] = verification.through_guard(
        context, row["subject"], found(row), emit
    )
    measured["inside"] = inside(context, row)
    measured["scan"] = scanned(context, row)


def inside(context: Context, row: Record) -> dict[str, float]:
    """What a look inside the model still shows of an edited request."""
    if not edited(row):
        return {}
    others = [other["subject"] for other in context.ledger.forgotten() if edited(other)]
    forgotten = [subject for subject in others if subject != row["subject"]]
    with suppress(ToolError):
        return verification.inspected(context, row["subject"], found(row), forgotten)
    return {}


def scanned(context: Context, row: Record) -> dict[str, int] | None:
    """Copies left in plain of the subject's names and of the memories that were removed."""
    if context.scanner is None:
        return None
    names = [] if row["scope"] == "thread" else full_names(row["subject"], row["aliases"])
    removed = [memory["text"] for memory in row["purged"] or []]
    with suppress(ToolError, MemoryFault):
        return context.scanner.copies([*names, *removed])
    return None


def adjusted(context: Context, row: Record, stronger: bool) -> bool:
    """Make the request's edit stronger or weaker; False at its end, or on another model."""
    editor, request_id = context.editor, row["request_id"]
    if editor is None:
        return False
    with suppress(ToolError):
        adjust = editor.strengthen if stronger else editor.relax
        return editor.holds(request_id) and adjust(request_id)
    return False


def conclude(context: Context, request_id: str) -> Receipt:
    """Make the request active, clear the model's own context of it, keep its receipt and return
    it."""
    with suppress(ToolError):
        context.patient.clear()
    context.ledger.advance(request_id, "active")
    return issued(context, request_id, "forgotten")


def issued(context: Context, request_id: str, event: ReceiptEvent) -> Receipt:
    """Keep the receipt of what has become of a request, and return it."""
    receipt = receipt_of(context, request_id)
    receipts.issue(context, context.ledger.get(request_id), receipt, event)
    return receipt


def undo(context: Context, request_id: str) -> Receipt:
    """Bring back memories, answers and weights of one request; safe to run again."""
    row = context.ledger.get(request_id)
    context.ledger.advance(request_id, "restoring")
    context.memories.restore(row["purged"] or [])
    context.guard.remove(request_id)
    context.targets.remove(request_id)
    if context.editor:
        context.editor.remove([request_id])
    context.ledger.advance(request_id, "restored", purged=[])
    return issued(context, request_id, "restored")


def recover(context: Context, advance: Advance) -> None:
    """Plug and guard what is forgotten, and finish what a crash left half done.

    A request that cannot be finished now stays as it is, to be taken back or tried at the next
    start: one request never keeps the others from their owner.
    """
    if context.locator:
        context.guard.learn_names(context.locator.known_names())
    forgotten = list(context.ledger.forgotten())
    carried = plug(context, forgotten, advance)
    vectors = context.targets.all()
    for row in forgotten:
        if guarded(row) or row["request_id"] not in carried:
            guard_again(context, row, vectors.get(row["request_id"]))
    named = [row for row in forgotten if row["scope"] != "thread"]
    try:
        context.saved.purge(
            [name for row in named for name in full_names(row["subject"], row["aliases"])]
        )
    except StoreCorrupt as error:  # no request stands the less for it
        context.unread.append(str(error))
    for row in context.ledger.unfinished():
        with suppress(ToolError, MemoryFault):
            finish(context, row, advance)
    keep_receipts(context)


def keep_receipts(context: Context) -> None:
    """Write the receipts that a crash kept from being written, oldest request first.

    A book that cannot be written or trusted keeps nobody from his memory; `read` tells of it.
    """
    for listed in reversed(context.ledger.rows()):
        with suppress(MemoryFault):
            row = context.ledger.get(listed["request_id"])
            if event := receipts.due(context, row):
                issued(context, row["request_id"], event)


def plug(context: Context, rows: Sequence[Record], advance: Advance) -> list[str]:
    """Plug the edits that this model has of `rows`; their ids.

    One that cannot be read is computed again. What another model was edited for, and what cannot
    be plugged now, is left to the guard; nothing of it is removed.
    """
    if context.editor is None:
        return []
    own = [row for row in rows if edited(row) and made_here(context, row)]
    held = [row["request_id"] for row in own if context.editor.holds(row["request_id"])]
    try:
        context.editor.reconcile(held)
        for row in own:
            if row["request_id"] not in held:
                context.editor.operate(row["request_id"], row["subject"], found(row), advance)
                held.append(row["request_id"])
    except ToolError:
        context.editor.unplug()
        return []
    return held


def made_here(context: Context, row: Record) -> bool:
    """Whether the request was planned on this very model."""
    return row["plan"].get("model") in (None, context.patient.info.fingerprint)


def finish(context: Context, row: Record, advance: Advance) -> None:
    """Carry a request through that a crash left between consent and its end.

    An edit of another model waits for that model; until then the guard stands for it, and what can
    be purged is.
    """
    request_id, state = row["request_id"], row["state"]
    if state == "restoring":
        undo(context, request_id)
        return
    if edited(row) and not made_here(context, row):
        if guarded(row) and state != "verified":
            row = purge(context, approved(context, request_id))
        guard(context, row)
        if context.receipts.latest(request_id) is None:
            issued(context, request_id, "purged")
        return
    if state in ("approved", "operating"):
        operate(context, request_id, advance)
    verify(context, request_id, lambda _event: None)
    conclude(context, request_id)


def reverified(context: Context, request_id: str) -> Iterator[Event]:
    """Probe an active request again; its events, the new receipt last.

    On a model that cannot be probed, or is not the one of the request, the old counts stand, and a
    notice says so.
    """
    events: list[Event] = []
    row = context.ledger.get(request_id)
    if context.prober is None or not made_here(context, row):
        yield Notice(f"{request_id} was not probed again: {OTHER_MODEL}; this is its old receipt")
        yield ReceiptIssued(receipt_of(context, request_id))
        return
    measured = verification.measure(context, row["subject"], found(row), events.append)
    complete(context, row, measured, events.append)
    context.ledger.advance(request_id, "active", measured=measured)
    receipt = issued(context, request_id, "verified again")
    yield from events
    yield ReceiptIssued(receipt)


def active_rows(context: Context, request_id: str | None) -> list[RequestRow]:
    """The active requests, or the one named.

    Raises:
        NothingToForget: the named request is not active, or none is.
    """
    rows = context.ledger.rows(HOLDING)
    chosen = [row for row in rows if request_id in (None, row["request_id"])]
    if not chosen:
        what = f"request {request_id!r} is not active" if request_id else "no request is active"
        raise NothingToForget(f"{what}; see the list of requests")
    return chosen


def receipt_of(context: Context, request_id: str) -> Receipt:
    """The receipt as far as the request has come."""
    row = context.ledger.get(request_id)
    measured = row["measured"] or verification.nothing_measured()
    return Receipt(
        request_id=request_id, state=row["state"], subject=row["subject"], method=row["method"],
        seconds=row["seconds"] or 0.0, memories_removed=len(row["purged"] or []),
        probes=measured["probes"], guarded_probes=measured["guarded_probes"],
        neighbours=measured["neighbours"], inside=measured.get("inside", {}),
        scan=measured.get("scan"),
        not_erased=[*not_erased(row), *context.unread],
    )


def not_erased(row: Record) -> list[str]:
    """What the request left where it was, and why."""
    weights = KEPT_FILE if edited(row) else UNEDITED
    left = [line for line in row["plan"]["warnings"] if line.startswith(receipts.NOT_EDITED)]
    if not (row["measured"] or verification.nothing_measured())["probes"]:
        left.append(NOT_PROBED)
    return [*left, weights, *NOT_ERASED]


def clean_lines(lines: list[Line], request_id: str, context: Context) -> list[Line]:
    """The thread without the lines that touch any target; nothing, if it was itself the target."""
    row = context.ledger.get(request_id)
    if row["scope"] == "thread":
        return []
    lines = without(lines, Mentions.of(full_names(row["subject"], row["aliases"])))
    last = Message("user", "")
    talk = context.guard.history([*(Message(**line) for line in lines), last])[:-1]
    return [line_of(message) for message in talk]


def found(row: Record) -> Findings:
    """The findings kept with a request; none but the subject where the model was not asked."""
    if row["findings"] is None:
        return Findings(row["subject"], known=False)
    return Findings.from_mapping(row["findings"])
