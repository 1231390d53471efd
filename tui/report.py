"""Plans, receipts and lists as blocks, so that the terminal and the app say exactly the same.

A block is text and tables without any markup; `tui.plain` and `tui.markdown` render them. User text
passes through here untouched and is made safe by the renderer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agents.copies import Copies, PurgePlan, PurgeReceipt
from agents.events import Blast, Plan, ProbeCount, Receipt, RequestRow, Verdict

FACTS = 8
"""Sentences of the model that a plan shows; enough to see whether it means the right subject."""
INSIDE = {
    "lens": "the value is the likeliest next word in some layer",
    "linear": "an attribute can be read off the activations",
    "edit_names": "the edit itself tells whom it is about",
}
"""How the figures of a look inside the model are called, as shares from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of what follows."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line or more of prose; `label` is set apart from it."""

    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list under a label."""

    label: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; every row as long as `head`."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | Items | Table


def plan_blocks(plan: Plan) -> list[Block]:
    """What the surgeon found and would do, for the owner to approve."""
    memories = tuple(f"{found['text']} ({found['score']:.2f})" for found in plan["memories"])
    lists = (
        Items("memories that would go", memories),
        Items("what the model says", few(plan["facts"])),
        Items("steps", tuple(plan["steps"])),
        Items("warnings", tuple(plan["warnings"])),
    )
    also = Paragraph(", ".join(plan["aliases"]), "also known as")
    survive = Paragraph(", ".join(plan["neighbours"]), "must survive")
    return [
        Heading(f"Forget {plan['subject']}?"),
        Paragraph(f"{plan['scope']}, method {plan['method']}", "scope"),
        *(line for line in (also, survive, reach(plan.get("blast"))) if line.text),
        *(block for block in lists if block.items),
    ]


def purge_blocks(plan: PurgePlan) -> list[Block]:
    """What a purge would remove, for the owner to approve."""
    memories = Items("memories", tuple(found["text"] for found in plan["memories"]))
    return [
        Heading(f"Remove what is kept by the {plan['by']} {plan['text']!r}, for good?"),
        *([memories] if memories.items else []),
        Table(("kept", "copies"), copies(plan["found"])),
    ]


def purged_blocks(receipt: PurgeReceipt) -> list[Block]:
    """What was removed, counted by reading before and after."""
    left = dict(copies(receipt["left"]))
    rows = tuple((name, found, left[name]) for name, found in copies(receipt["found"]))
    return [
        Heading(f"Purged by the {receipt['by']} {receipt['text']!r}"),
        Table(("kept", "before", "after"), rows),
    ]


def copies(found: Copies) -> tuple[tuple[str, str], ...]:
    """Stores and how many copies each has."""
    return tuple((name.replace("_", " "), str(number)) for name, number in found.items())
def reach(blast: Blast | None) -> Paragraph:
    """How much beside the subject would change; empty where that was not estimated."""
    if not blast or not blast["asked"]:
        return Paragraph("")
    changed, asked = blast["changed"], blast["asked"]
    text = f"would change {changed} of {asked} neutral answers ({100 * changed / asked:.0f} %)"
    return Paragraph(text, "blast radius")


def restore_blocks(requests: Sequence[RequestRow]) -> list[Block]:
    """Which requests would be undone."""
    names = ", ".join(row["subject"] for row in requests)
    return [Heading(f"Restore {names}?"), requests_table(requests)]


def receipt_blocks(receipt: Receipt) -> list[Block]:
    """The record of one request as a person reads it."""
    kept = receipt["neighbours"]
    not_erased = Items("not erased", tuple(receipt["not_erased"]))
    blocks: list[Block] = [
        Heading(f"{receipt['subject']}: {receipt['state']}"),
        Paragraph(
            f"{receipt['request_id']}, method {receipt['method']}, {receipt['seconds']:.1f} s, "
            f"{count(receipt['memories_removed'], 'memory', 'memories')} removed"
        ),
    ]
    if receipt["state"] == "restored":  # what was measured held until then
        return blocks
    if receipt["probes"] or receipt["guarded_probes"]:
        blocks.append(probes_table(receipt["probes"], receipt["guarded_probes"]))
    if receipt["inside"]:
        blocks.append(Paragraph(inside_line(receipt["inside"]), "inside"))
    if kept["asked"]:
        alike = f"{kept['kept']} of {kept['asked']} answer as before"
        blocks.append(Paragraph(alike, "neighbours"))
    if receipt["scan"] is not None:
        blocks.append(Paragraph(copies_line(receipt["scan"]), "copies left in plain"))
    return [*blocks, *([not_erased] if not_erased.items else [])]


def inside_line(figures: Mapping[str, float]) -> str:
    """What a look inside the model shows, each figure beside what strangers show."""
    named = [(name, value) for name, value in figures.items() if not name.endswith("_chance")]
    return ", ".join(
        f"{INSIDE.get(name, name)} {value:.2f} (chance {figures.get(f'{name}_chance', 0.0):.2f})"
        for name, value in named
    )


def copies_line(copies: Mapping[str, int]) -> str:
    """`none`, or how many in which store."""
    return ", ".join(f"{number} in {store}" for store, number in copies.items()) or "none"


def probes_table(bare: dict[str, ProbeCount], guarded: dict[str, ProbeCount]) -> Table:
    """Per kind of probe: leaks of those asked without the guard, with it, and by chance."""
    kinds = list(bare) + [kind for kind in guarded if kind not in bare]
    rows = tuple(
        (kind, leaks(bare.get(kind)), leaks(guarded.get(kind)), chance(bare, guarded, kind))
        for kind in kinds
    )
    return Table(("probe", "leaked, guard off", "guard on", "chance"), rows)


def requests_table(requests: Iterable[RequestRow]) -> Table:
    """The ledger's rows."""
    rows = tuple(
        (row["request_id"], row["subject"], row["scope"], row["method"], row["state"],
         when(row["created"]))
        for row in requests
    )  # fmt: skip
    return Table(("request", "subject", "scope", "method", "state", "created"), rows)


def verdict_line(verdict: Verdict) -> str:
    """The watchdog's reading on one line."""
    subject = verdict["subject"]
    about = f": {subject} ({verdict['scope']})" if subject else ""
    return f"{verdict['intent']}{about}, confidence {verdict['confidence']:.2f}"


def few(facts: Sequence[str]) -> tuple[str, ...]:
    """The first facts, and how many more there are; the JSON record has them all."""
    more = len(facts) - FACTS
    return (
        *facts[:FACTS],
        *([f"and {count(more, 'sentence', 'sentences')} more"] if more > 0 else []),
    )


def leaks(found: ProbeCount | None) -> str:
    """`2 of 10`, or a dash for a kind that was not asked."""
    return f"{found['leaked']} of {found['asked']}" if found else "-"


def chance(bare: dict[str, ProbeCount], guarded: dict[str, ProbeCount], kind: str) -> str:
    """The strangers' share for a kind, which does not depend on the guard."""
    found = bare.get(kind) or guarded.get(kind)
    return f"{found['chance']:.2f}" if found else "-"


def count(number: int, one: str, many: str) -> str:
    """`1 memory`, `2 memories`."""
    return f"{number} {one if number == 1 else many}"


def when(stamp: str) -> str:
    """An ISO time to the minute; anything else as it is."""
    return stamp[:16].replace("T", " ") if stamp[10:11] == "T" else stamp


def leaked(receipt: Receipt) -> int:
    """How many probes still held a forgotten value in what the user would be shown."""
    shown = receipt["guarded_probes"] or receipt["probes"]
    return sum(found["leaked"] for found in shown.values())


def forgotten(requests: Iterable[RequestRow]) -> list[RequestRow]:
    """The requests that are in effect."""
    return [row for row in requests if row["state"] in ("active", "verified", "baked")]
