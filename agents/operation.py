"""The effects of a request, one idempotent function a step, driven by the ledger alone.

The graph's nodes call them, and so does the recovery at the next start after a crash: each reads
the request's row, does what is not yet done, and leaves the row one state further.
"""

from collections.abc import Iterator, Mapping
from time import monotonic
from typing import Any, Literal, cast

from agents import verification
from agents.context import Context, Emit
from agents.errors import NothingToForget
from agents.events import Event, Method, Receipt, ReceiptIssued, RequestRow
from agents.ports import Advance
from agents.state import Line
from tools.editing.findings import Findings
from tools.errors import ToolError
from tools.guarding.semantic import Vectors, nameless, no_vectors
from tools.guarding.targets import Target
from tools.models.types import Message

NOT_ERASED = (
    "the model file itself: the edit is an adapter beside it, the file still holds what it held",
    "backups and copies made outside this data directory",
)


def operate(context: Context, request_id: str, advance: Advance) -> None:
    """Purge, guard and edit as the plan says; safe to run again after a crash at any line."""
    started = monotonic()
    row = context.ledger.get(request_id)
    context.ledger.advance(request_id, "operating")
    purge(context, row)
    if guarded(row):
        guard(context, row)
    method = edit(context, row, advance) if row["method"] in ("edit", "both") else row["method"]
    context.ledger.advance(
        request_id, "operating", method=method, seconds=monotonic() - started
    )


def purge(context: Context, row: Mapping[str, Any]) -> None:
    """Remove the plan's memories, kept aside in the ledger for a restore, and lines of talk."""
    if row["purged"] is None:
        ids = [memory["id"] for memory in row["plan"]["memories"]]
        context.ledger.advance(row["request_id"], "operating", purged=context.memories.rows(ids))
        row = context.ledger.get(row["request_id"])
    context.memories.remove([memory["id"] for memory in row["purged"]])
    context.purge_threads([row["subject"], *row["aliases"]])


def edit(context: Context, row: Mapping[str, Any], advance: Advance) -> Method:
    """Edit the weights; where that fails and the guard stands, the request goes on as guarded.

    Raises:
        ToolError: the edit failed and nothing else would hold.
    """
    if context.editor is None:
        return "guard"
    try:
        context.editor.operate(row["request_id"], row["subject"], found(row), advance)
    except ToolError:
        if row["method"] != "edit":
            return "guard"
        context.memories.restore(row["purged"] or [])
        context.ledger.advance(row["request_id"], "failed", purged=[])
        raise
    return cast("Method", row["method"])


def verify(context: Context, request_id: str, emit: Emit) -> None:
    """Probe the patient without and with the guard and write the counts into the row."""
    row = context.ledger.get(request_id)
    measured = verification.measure(context, row["subject"], row["findings"] and found(row), emit)
    context.ledger.advance(request_id, "verified", measured=measured)


def conclude(context: Context, request_id: str) -> Receipt:
    """Make the request active and return its receipt."""
    context.ledger.advance(request_id, "active")
    return receipt_of(context, request_id)


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
    return receipt_of(context, request_id)


def recover(context: Context, advance: Advance) -> list[str]:
    """Finish what a crash left half done; returns the ids of the requests it touched.

    A proposal nobody can answer any more is declined; anything approved is carried through.
    """
    rows = context.ledger.rows()
    active = [row["request_id"] for row in rows if row["state"] in ("active", "verified")]
    vectors, names = context.targets.all(), []
    if context.locator:
        context.guard.learn_names(context.locator.known_names())
    for request_id in active:
        row = context.ledger.get(request_id)
        names += [row["subject"], *row["aliases"]]
        if guarded(row):
            context.guard.register(target_of(row, vectors.get(request_id)))
    if context.editor:
        context.editor.reconcile(edited(context, active))
    context.purge_threads(names)
    return [row["request_id"] for row in rows if _finish(context, row, advance)]


def edited(context: Context, request_ids: list[str]) -> list[str]:
    """Those of the requests that are in the weights."""
    rows = [context.ledger.get(request_id) for request_id in request_ids]
    return [row["request_id"] for row in rows if row["method"] in ("edit", "both")]


def _finish(context: Context, row: RequestRow, advance: Advance) -> bool:
    request_id, state = row["request_id"], row["state"]
    if state in ("approved", "operating"):
        operate(context, request_id, advance)
    if state in ("approved", "operating", "verified"):
        verify(context, request_id, lambda _event: None)
        conclude(context, request_id)
    if state == "restoring":
        undo(context, request_id)
    return state in ("approved", "operating", "verified", "restoring")


def reverified(context: Context, request_id: str) -> Iterator[Event]:
    """Probe an active request again; its events, the new receipt last."""
    events: list[Event] = []
    row = context.ledger.get(request_id)
    measured = verification.measure(
        context, row["subject"], row["findings"] and found(row), events.append
    )
    context.ledger.advance(request_id, "active", measured=measured)
    yield from events
    yield ReceiptIssued(receipt_of(context, request_id))


def active_rows(context: Context, request_id: str | None) -> list[RequestRow]:
    """The active requests, or the one named.

    Raises:
        NothingToForget: the named request is not active, or none is.
    """
    rows = [row for row in context.ledger.rows() if row["state"] == "active"]
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
        neighbours=measured["neighbours"], not_erased=list(NOT_ERASED),
    )


def clean_lines(lines: list[Line], request_id: str, context: Context) -> list[Line]:
    """The thread without the lines that touch any target; nothing, if it was itself the target."""
    if context.ledger.get(request_id)["scope"] == "thread":
        return []
    last = Message("user", "")
    talk = context.guard.history([*(Message(**line) for line in lines), last])[:-1]
    return [Line(role=_speaker(message), content=message.content) for message in talk]


def _speaker(message: Message) -> Literal["user", "assistant"]:
    return "user" if message.role == "user" else "assistant"


def found(row: Mapping[str, Any]) -> Findings:
    """The findings kept with a request."""
    return Findings.from_mapping(row["findings"])


def guarded(row: Mapping[str, Any]) -> bool:
    """Whether the request has a target for the guard; a conversation is gone, not guarded."""
    return row["method"] in ("guard", "both") and row["scope"] != "thread"


def guard(context: Context, row: Mapping[str, Any]) -> None:
    """Register the guard's target; its vectors are durable, so that a start need not embed."""
    facts = row["findings"]["facts"] if row["findings"] else []
    remembered = [memory["text"] for memory in row["plan"]["memories"]]
    context.targets.put(row["request_id"], nameless([*facts, *remembered], row["subject"]))
    context.guard.register(target_of(row, context.targets.all().get(row["request_id"])))


def target_of(row: Mapping[str, Any], vectors: Vectors | None) -> Target:
    """What the guard must know of a request."""
    values = row["findings"]["values"] if row["findings"] else []
    return Target(
        request_id=row["request_id"], subject=row["subject"],
        aliases=tuple(row["aliases"]), values=tuple(values),
        vectors=no_vectors() if vectors is None else vectors,
    )
