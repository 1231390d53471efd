"""What a kept receipt says, and when one is written.

A receipt counts and never quotes: nothing the model said, no memory and no value is in it, only the
subject's name, what was done in words of our own, and figures.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NotRequired, TypedDict

from agents.context import Context
from agents.events import (
    BakedRequest,
    BakeReceipt,
    Method,
    NeighbourCount,
    ProbeCount,
    Receipt,
    RequestState,
    Scope,
)
from memory.errors import MemoryFault
from memory.receipts import KeptReceipt, ReceiptEvent
from memory.request import Record, edited, guarded
from memory.text import Mentions

ENDS: Mapping[RequestState, tuple[ReceiptEvent, ...]] = {
    "active": ("forgotten", "verified again", "baked"),
    "restored": ("restored",),
    "failed": ("failed",),
}
"""The states that a receipt is due for, and the events that it may be of, the due one first."""

NOT_EDITED = "the weights were not edited"
WITHHELD = f"{NOT_EDITED}: the reason would tell what was forgotten, and is withheld"
MADE_OF = "{base}: the file it was made of holds what it held"
REMOVED = "memories and saved lines of talk that name it removed"
GUARDED = "every answer guarded against it"
EDITED = "the model's weights edited (an adapter; the file stays as it is)"
ATTACKED = "the result attacked with questions that the edit never saw"
UNDONE = ("memories brought back", "guard lifted", "its share of the edit taken out")
FAILED = ("what had been begun taken back; nothing was changed",)
WAITING = "the edit left for the model it belongs to"


class Asked(TypedDict):
    """What the owner agreed to."""

    subject: str
    scope: Scope
    method: Method


class FoundCounts(TypedDict):
    """How much was found of each: in memory, and in what the model said."""

    memories: int
    facts: int
    values: int
    aliases: int
    leads: int
    neighbours: int


class Done(TypedDict):
    """What was done; the memories concerned as they can be read before and after."""

    method: Method
    steps: list[str]
    seconds: float
    memories_before: int
    memories_after: int


class Totals(TypedDict):
    """All probes taken together."""

    asked: int
    leaked: int


class Attack(TypedDict):
    """One kind of probe with what strangers score at it, a share from 0 to 1."""

    kind: str
    asked: int
    leaked: int
    chance: float


class Figures(TypedDict):
    """What probes found. `before` are those of the receipt before this one, or of the adapter where
    a file was baked; `before` and `after` with the guard on, where it was asked."""

    before: Totals | None
    after: Totals | None
    worst: Attack | None
    """The attack that went furthest beyond chance with the guard off."""
    worst_guarded: Attack | None
    """The same with the guard on."""
    probes: dict[str, ProbeCount]
    guarded_probes: dict[str, ProbeCount]
    neighbours: NeighbourCount
    inside: dict[str, float]


class BakedFile(TypedDict):
    """The model file that a request's edit was written into."""

    path: str
    sha256: str
    kind: str
    base_sha256: str


class ReceiptBody(TypedDict):
    """What a kept receipt holds; plain JSON. `changed` is when the ledger took the step, UTC."""

    state: RequestState
    changed: str
    asked: Asked
    found: FoundCounts
    done: Done
    measured: Figures
    not_erased: list[str]
    file: NotRequired[BakedFile]
    scan: NotRequired[dict[str, int]]
    """Copies of its names that were found on the disk, by kind of store; absent if not looked
    for."""


def issue(context: Context, row: Record, receipt: Receipt, event: ReceiptEvent) -> None:
    """Keep the receipt of what has just become of a request; keeping it twice keeps one.

    Raises:
        MemoryFault: it cannot be written.
    """
    body = body_of(context, row, receipt, event)
    if receipt["scan"] is not None and event not in ("restored", "failed"):
        body["scan"] = receipt["scan"]
    context.receipts.append(row["request_id"], event, body)


def issue_baked(context: Context, row: Record, receipt: Receipt, bake: BakeReceipt) -> None:
    """Keep the receipt of a request whose edit is in a file now.

    Raises:
        MemoryFault: it cannot be written.
    """
    (request,) = (one for one in bake["requests"] if one["request_id"] == row["request_id"])
    body = body_of(context, row, receipt, "baked")
    body["measured"] = figures_of_file(request)
    body["done"]["seconds"] = bake["seconds"]
    body["not_erased"] = [*bake["not_in_file"], MADE_OF.format(base=bake["base"])]
    body["file"] = BakedFile(
        path=bake["path"], sha256=bake["sha256"], kind=bake["kind"],
        base_sha256=bake["base_sha256"],
    )
    context.receipts.append(row["request_id"], "baked", body)


def due(context: Context, row: Record) -> ReceiptEvent | None:
    """The event of the receipt that a crash kept from being written, None if none did.

    Raises:
        MemoryFault: the request's last receipt cannot be read.
    """
    fitting = ENDS.get(row["state"])
    if fitting is None:
        return None
    latest = context.receipts.latest(row["request_id"])
    if latest is None or latest.event not in fitting:
        return fitting[0]
    again = row["state"] == "active" and latest.body["changed"] != row["updated"]
    return "verified again" if again else None


def body_of(context: Context, row: Record, receipt: Receipt, event: ReceiptEvent) -> ReceiptBody:
    """The receipt of a request as far as it has come, without a word of what was forgotten."""
    return ReceiptBody(
        state=row["state"], changed=row["updated"],
        asked=Asked(
            subject=row["subject"], scope=row["scope"], method=row["plan"]["method"]
        ),
        found=found_counts(row), done=what_was_done(context, row, event),
        measured=figures(receipt, latest_totals(context, row["request_id"]), event),
        not_erased=without_secrets(receipt["not_erased"], row) if event != "restored" else [],
    )


def found_counts(row: Record) -> FoundCounts:
    """How much was found; nothing of the model where it was not asked."""
    plan, findings = row["plan"], row["findings"] or {}
    return FoundCounts(
        memories=len(plan["memories"]), facts=len(plan["facts"]),
        values=len(findings.get("values", ())), aliases=len(row["aliases"]),
        leads=len(findings.get("leads", ())), neighbours=len(plan["neighbours"]),
    )


def what_was_done(context: Context, row: Record, event: ReceiptEvent) -> Done:
    """The steps, and the memories concerned, read again."""
    ids = {memory["id"] for memory in (*row["plan"]["memories"], *(row["purged"] or []))}
    return Done(
        method=row["method"], steps=list(steps(row, event)), seconds=row["seconds"] or 0.0,
        memories_before=0 if event == "restored" else len(ids),
        memories_after=len(context.memories.rows(sorted(ids))),
    )


def steps(row: Record, event: ReceiptEvent) -> Sequence[str]:
    """What was done for an event, a line each."""
    guard = [GUARDED] if guarded(row) else []
    match event:
        case "restored":
            return UNDONE
        case "failed":
            return FAILED
        case "verified again":
            return [ATTACKED]
        case "baked":
            return ["the edit written into a model file", "the file asked the same questions"]
        case "purged":
            return [REMOVED, *guard, WAITING]
    measured = (row["measured"] or {}).get("probes")
    return [REMOVED, *guard, *([EDITED] if edited(row) else []), *([ATTACKED] if measured else [])]


def figures(receipt: Receipt, before: Totals | None, event: ReceiptEvent) -> Figures:
    """What was measured; of a restored request nothing of it holds any more."""
    bare, guard_on = receipt["probes"], receipt["guarded_probes"]
    neighbours, inside = receipt["neighbours"], receipt["inside"]
    if event == "restored":
        bare, guard_on, neighbours, inside = {}, {}, NeighbourCount(asked=0, kept=0), {}
    return Figures(
        before=before, after=totals(guard_on or bare), worst=worst(bare),
        worst_guarded=worst(guard_on), probes=bare, guarded_probes=guard_on,
        neighbours=neighbours, inside=inside,
    )


def figures_of_file(request: BakedRequest) -> Figures:
    """What the file alone told, beside the model with its adapter."""
    probes = request["file_probes"]
    return Figures(
        before=totals(request["adapter_probes"]), after=totals(probes), worst=worst(probes),
        worst_guarded=None, probes=probes, guarded_probes={},
        neighbours=request["file_neighbours"], inside={},
    )


def totals(counts: Mapping[str, ProbeCount]) -> Totals | None:
    """All kinds together, None where nothing was asked."""
    if not counts:
        return None
    return Totals(
        asked=sum(found["asked"] for found in counts.values()),
        leaked=sum(found["leaked"] for found in counts.values()),
    )


def worst(counts: Mapping[str, ProbeCount]) -> Attack | None:
    """The kind whose share of leaks lies furthest above chance; the first of several."""

    def beyond(kind: str) -> float:
        found = counts[kind]
        return found["leaked"] / max(1, found["asked"]) - found["chance"]

    if not counts:
        return None
    kind = max(counts, key=beyond)
    return Attack(kind=kind, **counts[kind])


def latest_totals(context: Context, request_id: str) -> Totals | None:
    """What the request's last receipt measured; one that was tampered with tells nothing."""
    latest: KeptReceipt | None = None
    with suppress(MemoryFault):
        latest = context.receipts.latest(request_id)
    return latest.body["measured"]["after"] if latest else None


def without_secrets(lines: Sequence[str], row: Record) -> list[str]:
    """The lines, and in place of an error that quotes what was forgotten, that it does."""
    findings, memories = row["findings"] or {}, (*row["plan"]["memories"], *(row["purged"] or []))
    secret = Mentions.of([
        *row["plan"]["facts"], *findings.get("facts", ()), *findings.get("values", ()),
        *(memory["text"] for memory in memories),
    ])
    return [
        WITHHELD if line.startswith(NOT_EDITED) and secret.in_text(line) else line
        for line in lines
    ]
