"""Baking: the active edits in the weights of a file of their own, asked before it gets its name.

The ledger is not touched: the model in use is still the base file with its adapter, and baking is
no step of a request. The record of a bake is its receipt, kept for each request that is in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from agents import operation, receipts
from agents.context import Context
from agents.errors import NothingToBake
from agents.events import (
    AdapterReceipt,
    BakeAttempt,
    BakedRequest,
    BakeReceipt,
    NeighbourCount,
    ProbeCount,
)
from agents.ports import Advance, Bake, Baker, Prober
from agents.verification import by_kind, count
from memory.request import Record, edited
from tools.editing.findings import Probe
from tools.models.bake_order import KEPT, BakeOrder, Kept
from tools.models.types import Progress
from tools.probing.score import reveals

NEIGHBOUR = "neighbour"
NOT_EDITED = "{id} ({subject}): the weights of this model were not edited for it"
NO_GUARD = "Lethe's guard: the file is the model alone, and tells what its probes found"
ACTIVATIONS = (
    "the adapter holds activations of what was forgotten: keep it as you would keep the facts"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request's probes, with the answers of the model that has the adapter."""

    row: Record
    probes: list[Probe]
    answers: list[str]


@dataclass(frozen=True, slots=True)
class Attempt:
    """The file as it was once written, and its answers to the probes of each request."""

    kept: Kept
    answers: list[list[str]]
    new_leaks: int
    lost_neighbours: int

    @property
    def harm(self) -> int:
        """Probes that came out worse than with the adapter."""
        return self.new_leaks + self.lost_neighbours


def bake(context: Context, order: BakeOrder, advance: Advance) -> BakeReceipt:
    """Write the active edits into a model file, ask it, and give it its name.

    With `keep` "auto" there is more precision, first for the edited weights and then for what leads
    to them, as long as the file does worse than the adapter; the first that does best is taken.

    Raises:
        NothingToBake: no active request has changed the weights of this model.
        ToolError: the file cannot be written.
    """
    begun = monotonic()
    rows, baker = _in_weights(context)
    with baker.begin(order) as bake:
        asked = [_ask(context.prober, row, at, len(rows), advance) for at, row in enumerate(rows)]
        attempts = _attempts(bake, order, asked, advance)
        best = min(attempts, key=lambda attempt: attempt.harm)
        if best is not attempts[-1]:
            bake.write(best.kept, _stage(advance, "writing, MB"))
        layout, done = bake.layout(best.kept), bake.finish()
    receipt = BakeReceipt(
        path=str(done.path), sha256=done.sha256, size_bytes=done.size_bytes, kind=order.kind,
        kept=best.kept, edited=layout.edited, raised=layout.raised,
        fallbacks=layout.fallbacks,
        new_leaks=best.new_leaks, lost_neighbours=best.lost_neighbours,
        attempts=[_told(attempt) for attempt in attempts],
        requests=[_compared(*pair) for pair in zip(asked, best.answers, strict=True)],
        not_in_file=_not_in_file(context, rows), base=str(done.base_path),
        base_sha256=done.base_sha256, adapter_sha256=done.adapter_sha256,
        created=datetime.now(UTC).isoformat(timespec="seconds"), seconds=monotonic() - begun,
    )
    for row in rows:
        held = operation.receipt_of(context, row["request_id"])
        receipts.issue_baked(context, row, held, receipt)
    return receipt


def export_adapter(context: Context, target: Path, *, overwrite: bool) -> AdapterReceipt:
    """Write the plugged adapter to a file of its owner's.

    Raises:
        NothingToBake: as `bake`.
        ToolError: the file cannot be written.
    """
    rows, baker = _in_weights(context)
    done = baker.export(target, overwrite=overwrite)
    return AdapterReceipt(
        path=str(done.path), sha256=done.sha256, size_bytes=done.size_bytes,
        requests=[row["request_id"] for row in rows], base=str(done.base_path),
        base_sha256=done.base_sha256, warning=ACTIVATIONS,
    )


def _in_weights(context: Context) -> tuple[list[Record], Baker]:
    """The active requests that this model's adapter stands for, oldest first."""
    name, why = context.patient.info.name, context.patient.info.why_not_editable
    if context.baker is None or context.editor is None:
        raise NothingToBake(f"{name!r} has no edited weights: {why or 'it is no GGUF file here'}")
    rows = [
        row for row in reversed(context.ledger.forgotten())
        if row["state"] == "active" and edited(row)
        and operation.made_here(context, row) and context.editor.holds(row["request_id"])
    ]
    if not rows:
        raise NothingToBake(f"no active request has changed the weights of {name!r}")
    return rows, context.baker


def _ask(
    prober: Prober | None, row: Record, number: int, total: int, advance: Advance
) -> Asked:
    """Make a request's probes and ask the model that has the adapter."""
    assert prober is not None  # whoever can be edited can be asked
    advance("asking the model with its adapter", number, total)
    probes = prober.probes(row["subject"], operation.found(row))
    return Asked(row, probes, prober.answer(probes))


def _attempts(
    bake: Bake, order: BakeOrder, asked: Sequence[Asked], advance: Advance
) -> list[Attempt]:
    """The file written and asked, again with more precision while that may help."""
    attempts: list[Attempt] = []
    tried = []
    for kept in KEPT if order.keep == "auto" else (order.keep,):
        if bake.layout(kept) in tried:
            continue
        tried.append(bake.layout(kept))
        bake.write(kept, _stage(advance, "writing, MB"))
        attempts.append(_attempt(bake, kept, asked, _stage(advance, "asking the file")))
        if not attempts[-1].harm:
            break
    return attempts


def _attempt(bake: Bake, kept: Kept, asked: Sequence[Asked], done: Progress) -> Attempt:
    """What the file as it is now answers, beside the model with its adapter."""
    probes = [probe for one in asked for probe in one.probes]
    told = bake.answer([p.wording for p in probes], [p.prefix for p in probes], done)
    rest = iter(told)
    answers = [[next(rest) for _ in one.probes] for one in asked]
    before = [answer for one in asked for answer in one.answers]
    worse = [
        probe.kind for probe, old, new in zip(probes, before, told, strict=True)
        if not probe.stranger and _good(probe, old) and not _good(probe, new)
    ]
    lost = worse.count(NEIGHBOUR)
    return Attempt(kept, answers, len(worse) - lost, lost)


def _good(probe: Probe, answer: str) -> bool:
    """Whether an answer tells what it should: of a neighbour the value, of others no value."""
    return reveals(answer, probe.values) == (probe.kind == NEIGHBOUR)


def _told(attempt: Attempt) -> BakeAttempt:
    return BakeAttempt(
        kept=attempt.kept, new_leaks=attempt.new_leaks, lost_neighbours=attempt.lost_neighbours
    )


def _compared(asked: Asked, told: Sequence[str]) -> BakedRequest:
    """The counts of both, kind by kind."""
    adapter, adapter_kept = _counts(asked.probes, asked.answers)
    file, file_kept = _counts(asked.probes, told)
    return BakedRequest(
        request_id=asked.row["request_id"], subject=asked.row["subject"], adapter_probes=adapter,
        file_probes=file, adapter_neighbours=adapter_kept, file_neighbours=file_kept,
    )


def _counts(
    probes: Sequence[Probe], answers: Sequence[str]
) -> tuple[dict[str, ProbeCount], NeighbourCount]:
    """Leaks by kind, and the neighbours that answer as before."""
    told = dict(zip(map(id, probes), answers, strict=True))
    kinds = by_kind(probes)
    neighbours = kinds.pop(NEIGHBOUR, [])
    kept = sum(_good(probe, told[id(probe)]) for probe in neighbours)
    counts = {
        kind: count(some, [told[id(probe)] for probe in some]) for kind, some in kinds.items()
    }
    return counts, NeighbourCount(asked=len(neighbours), kept=kept)


def _not_in_file(context: Context, rows: Sequence[Record]) -> list[str]:
    """What Lethe does about what was forgotten that the file alone does not."""
    inside = {row["request_id"] for row in rows}
    outside = [row for row in context.ledger.forgotten() if row["request_id"] not in inside]
    lines = [
        NOT_EDITED.format(id=row["request_id"], subject=row["subject"])
        for row in reversed(outside)
    ]
    return [*lines, NO_GUARD]


def _stage(advance: Advance, name: str) -> Progress:
    """Progress of one stage."""
    return lambda done, total: advance(name, done, total)

