"""`lethe bake` and `lethe export-adapter`: the active edits as files for other programs."""

from pathlib import Path

from agents.events import BakedRequest, BakeReceipt
from tools.models.bake_order import BakeOrder
from tui.errors import DONE, NOT_DONE, UsageError
from tui.paths import named
from tui.plain import render_plain
from tui.report import Block, Heading, Items, Paragraph, Table, chance, count, leaks
from tui.verbs.call import Call

MEGABYTE = 1_000_000


def bake(call: Call) -> int:
    """Write a model file with the edits in its weights; ends with 1 if it tells what the model with
    its adapter did not."""
    given = call.arguments
    order = BakeOrder(_target(call), given.type, given.keep_edited, given.force)
    with call.session() as session:
        receipt = session.bake(order, call.progress)
        call.progress.clear()
    call.output.result(dict(receipt), render_plain(bake_blocks(receipt)))
    return NOT_DONE if receipt["new_leaks"] else DONE


def export_adapter(call: Call) -> int:
    """Write the adapter that carries the edits, and warn of what is in it."""
    target = _target(call)
    with call.session() as session:
        receipt = session.export_adapter(target, overwrite=call.arguments.force)
    size = receipt["size_bytes"] / MEGABYTE
    blocks: list[Block] = [
        Heading(f"{receipt['path']}: {size:,.1f} MB, {', '.join(receipt['requests'])}"),
        Paragraph(receipt["sha256"], "sha256"),
        Paragraph(f"{receipt['base']} (sha256 {receipt['base_sha256']})", "for"),
    ]
    call.output.result(dict(receipt), render_plain(blocks))
    call.output.remark(f"lethe: {receipt['warning']}")
    return DONE


def bake_blocks(receipt: BakeReceipt) -> list[Block]:
    """The record of a bake as a person reads it."""
    size = receipt["size_bytes"] / MEGABYTE
    lists = (
        Items("rows that do not fit", _types(receipt["fallbacks"])),
        Items("not in the file", tuple(receipt["not_in_file"])),
    )
    return [
        Heading(f"{receipt['path']}: {size:,.1f} MB, type {receipt['kind']}"),
        Paragraph(receipt["sha256"], "sha256"),
        Paragraph(f"{receipt['base']} (sha256 {receipt['base_sha256']})", "made of"),
        Paragraph(receipt["adapter_sha256"], "adapter, sha256"),
        Paragraph(_chosen(receipt), "edited weights"),
        *(block for request in receipt["requests"] for block in _request_blocks(request)),
        Paragraph(_outcome(receipt), "beside the adapter"),
        *(block for block in lists if block.items),
    ]


def _target(call: Call) -> Path:
    given: Path = call.arguments.out
    try:
        target = named(given)
    except ValueError as error:
        raise UsageError(f"{str(given)!r} names no file to write, expected {error}") from None
    if not target.name:
        raise UsageError(f"{str(target)!r} names no file to write")
    return target


def _types(types: dict[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}: {kind}" for name, kind in types.items())


def _chosen(receipt: BakeReceipt) -> str:
    """Which precision the edited weights have, and what was tried for it."""
    told = _in_tensors(receipt["edited"])
    if receipt["raised"]:
        told += f"; to keep what leads to them, {_in_tensors(receipt['raised'])}"
    worse = [
        f"{attempt['kept']} was {attempt['new_leaks'] + attempt['lost_neighbours']} probes worse"
        for attempt in receipt["attempts"] if attempt["kept"] != receipt["kept"]
    ]
    return "; ".join([told, *worse])


def _in_tensors(types: dict[str, str]) -> str:
    """`Q8_0 in 3 tensors`."""
    return f"{', '.join(sorted(set(types.values())))} in {count(len(types), 'tensor', 'tensors')}"


def _request_blocks(request: BakedRequest) -> list[Block]:
    """One request's probes: with the adapter, and of the file."""
    adapter, file = request["adapter_probes"], request["file_probes"]
    rows = tuple(
        (kind, leaks(adapter[kind]), leaks(file[kind]), chance(file, {}, kind)) for kind in file
    )
    kept = request["file_neighbours"]
    return [
        Paragraph(request["subject"], request["request_id"]),
        Table(("probe", "leaked, adapter", "file", "chance"), rows),
        Paragraph(f"{kept['kept']} of {kept['asked']} answer as before", "neighbours"),
    ]


def _outcome(receipt: BakeReceipt) -> str:
    leaked = count(receipt["new_leaks"], "new leak", "new leaks")
    return f"{leaked}, {count(receipt['lost_neighbours'], 'neighbour', 'neighbours')} lost"
