"""Kept receipts as blocks and as JSON, for the terminal, the app and the files of an export."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from memory.receipts import KeptReceipt, Reading
from tui.errors import UsageError
from tui.report import (
    Block,
    Heading,
    Items,
    Paragraph,
    Table,
    count,
    inside_line,
    probes_table,
    when,
)

if TYPE_CHECKING:
    from agents.receipts import Attack, Figures, FoundCounts, ReceiptBody, Totals

NONE = "There is no receipt yet."
FOUND = {
    "memories": ("memory", "memories"),
    "facts": ("sentence of the model", "sentences of the model"),
    "values": ("value", "values"),
    "aliases": ("other name", "other names"),
    "leads": ("question that leads to it", "questions that lead to it"),
    "neighbours": ("neighbour", "neighbours"),
}


def body_of(receipt: KeptReceipt) -> "ReceiptBody":
    """What the receipt says; only Lethe can have sealed it, so it has this shape."""
    return cast("ReceiptBody", receipt.body)


def as_record(receipt: KeptReceipt) -> dict[str, Any]:
    """The JSON form: what the book holds of a receipt, and what the receipt says."""
    record = asdict(receipt)
    del record["body"]
    return record | receipt.body


def as_row(receipt: KeptReceipt) -> dict[str, Any]:
    """The JSON form of one line of the list."""
    record = asdict(receipt)
    del record["body"]
    return record | {"subject": subject_in(receipt)}


def subject_in(receipt: KeptReceipt) -> str:
    """What a receipt is about; of a book that was begun anew, why."""
    return note_in(receipt) or body_of(receipt)["asked"]["subject"]


def note_in(receipt: KeptReceipt) -> str | None:
    """Why a book was begun anew, where this receipt says that; None for a request's."""
    return str(receipt.body["note"]) if receipt.event == "begun anew" else None


def reading_record(reading: Reading) -> dict[str, Any]:
    """The JSON form of what a check of the book found."""
    fault = reading.fault._asdict() if reading.fault else None
    return {"count": len(reading.receipts), "head": reading.head, "fault": fault}


def numbered(reading: Reading, number: str) -> KeptReceipt:
    """The receipt that somebody means by what he typed.

    Raises:
        UsageError: there is none.
    """
    for receipt in reading.receipts:
        if str(receipt.number) == number:
            return receipt
    raise UsageError(f"there is no receipt {number!r} to show; /receipts lists them")


def receipts_blocks(reading: Reading) -> list[Block]:
    """The list of all receipts, its head, and what is wrong with it."""
    fault = [Paragraph(reading.fault.line, "not as it was written")] if reading.fault else []
    if not reading.receipts:
        return [*fault, Heading(NONE)]
    rows = tuple(map(_row, reading.receipts))
    table = Table(("receipt", "event", "request", "subject", "created", "leaked"), rows)
    return [table, Paragraph(reading.head, "head"), *fault]


def kept_blocks(receipt: KeptReceipt) -> list[Block]:
    """One receipt in full."""
    if note := note_in(receipt):
        title = Heading(f"Receipt {receipt.number}: {receipt.event}")
        return [title, Paragraph(note), Paragraph(receipt.digest, "head")]
    body = body_of(receipt)
    asked, done = body["asked"], body["done"]
    memories = f"{done['memories_before']} before, {done['memories_after']} after"
    return [
        Heading(f"Receipt {receipt.number}: {asked['subject']}, {receipt.event}"),
        Paragraph(f"{receipt.request_id}, {when(receipt.created)} UTC, {body['state']}"),
        Paragraph(f"{asked['scope']}, method {asked['method']}", "asked"),
        Paragraph(_found(body["found"]), "found"),
        Items(f"done in {done['seconds']:.1f} s, method {done['method']}", tuple(done["steps"])),
        Paragraph(memories, "memories"),
        *_measured(body["measured"]),
        *_rest(body),
        Paragraph(receipt.digest, "head"),
    ]


def _row(receipt: KeptReceipt) -> tuple[str, ...]:
    measured = None if note_in(receipt) else body_of(receipt)["measured"]["after"]
    return (
        str(receipt.number), receipt.event, receipt.request_id, subject_in(receipt),
        when(receipt.created), _leaked(measured),
    )


def _found(found: "FoundCounts") -> str:
    counts = cast("dict[str, int]", found)
    return ", ".join(count(counts[name], *words) for name, words in FOUND.items())


def _measured(measured: "Figures") -> list[Block]:
    """What probes found, where any were asked."""
    blocks: list[Block] = []
    if measured["probes"] or measured["guarded_probes"]:
        blocks.append(probes_table(measured["probes"], measured["guarded_probes"]))
    kept = measured["neighbours"]
    alike = f"{kept['kept']} of {kept['asked']} answer as before"
    lines = {
        "leaked before": _leaked(measured["before"]),
        "leaked after": _leaked(measured["after"]),
        "worst attack, guard off": _attack(measured["worst"]),
        "worst attack, guard on": _attack(measured["worst_guarded"]),
        "inside": inside_line(measured["inside"]),
        "neighbours": alike if kept["asked"] else "",
    }
    return [*blocks, *_labelled(lines)]


def _rest(body: "ReceiptBody") -> list[Block]:
    """The file that was written, copies found on the disk, and what was not erased."""
    file = body.get("file")
    lines = {
        "file": f"{file['path']} (type {file['kind']}, sha256 {file['sha256']})" if file else "",
        "made of, sha256": file["base_sha256"] if file else "",
    }
    copies = tuple(f"{store}: {number}" for store, number in body.get("scan", {}).items())
    lists = (Items("copies on the disk", copies), Items("not erased", tuple(body["not_erased"])))
    return [*_labelled(lines), *(block for block in lists if block.items)]


def _labelled(lines: dict[str, str]) -> Sequence[Block]:
    """A paragraph for each line that says something."""
    return [Paragraph(text, label) for label, text in lines.items() if text not in ("", "-")]


def _leaked(totals: "Totals | None") -> str:
    return f"{totals['leaked']} of {totals['asked']}" if totals else "-"


def _attack(attack: "Attack | None") -> str:
    if attack is None:
        return ""
    share = attack["leaked"] / max(1, attack["asked"])
    return f"{attack['kind']}, {share:.2f} (chance {attack['chance']:.2f})"
