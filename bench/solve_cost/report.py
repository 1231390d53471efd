"""The cost of the solve as tables and curves."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from bench.docs import figure, save
from bench.solve_cost.cell import RANK

Row = Mapping[str, Any]
FORMS = {
    "update": "update", "dual": "dual", "fresh": "fresh solve", "recompute": "sums and fresh solve",
}


class Sized(Protocol):
    """A weight and in how many layers it is."""

    @property
    def width(self) -> int: ...
    @property
    def feed_forward(self) -> int: ...
    @property
    def layers(self) -> int: ...


def markdown(rows: Sequence[Row], shapes: Mapping[str, Sized]) -> str:
    """The tables, with what they stand on."""
    parts = [_preface(rows[0])] if rows else []
    if active := [row for row in rows if row["part"] == "active"]:
        parts += ["## By active requests", _active_text(active), _active(active)]
    if swept := [row for row in rows if row["part"] == "rows"]:
        parts += ["## By rows a request", _rows_text(swept), _rows(swept)]
    if sized := [row for row in rows if row["part"] in shapes]:
        parts += ["## By shape", _shape_text(), _shapes(sized, shapes)]
    return "\n\n".join(parts)


def _preface(row: Row) -> str:
    return (
        f"One layer, random keys, {row['rows']} rows a request where nothing else is said, "
        f"{row['retained']:,} retained keys, "
        f"float64, {row['threads']} thread{'s' * (row['threads'] > 1)}. Only the solve: capturing "
        "keys is not in it. The least of the repetitions, since the rest is what other programs "
        "did meanwhile; a cell is a process of its own, and peak memory is the whole process with "
        "the keys it was given. Figures of different machines differ: what carries over is how "
        "they grow, and their ratios.\n\n"
        "`update`: A^-1 and dW kept, one request added or removed by Woodbury. `dual`: the same "
        "on inner products, never a matrix feed forward x feed forward; left out where requests "
        "have more rows than the weight has columns. `fresh solve`: sums kept, the system solved "
        "again. `sums and fresh solve`: all requests summed again as well. `cut`: the change "
        f"as at most {RANK} ranks. `fresh factors`: updates that precision made as dear as a "
        "fresh factor."
    )


def _active_text(rows: Sequence[Row]) -> str:
    row = rows[0]
    grown = _growth(rows)
    return f"At width {row['width']}, feed forward {row['feed_forward']:,}.{grown}"


def _growth(rows: Sequence[Row]) -> str:
    """How much dearer an update is with the most requests than with the fewest."""
    found = [row for row in rows if row["form"] == "update" and "add" in row]
    if len(found) < 2:
        return ""
    few, many = found[0], found[-1]
    return (
        f" From {few['active']:,} to {many['active']:,} active requests"
        f" ({many['active'] / few['active']:,.0f} times as many), adding one by an update takes"
        f" {many['add'] / few['add']:.2f} times as long."
    )


def _active(rows: Sequence[Row]) -> str:
    sizes = sorted({row["active"] for row in rows})
    lines = _head("seconds to add one", *(f"{size:,} active" for size in sizes))
    for form, label in FORMS.items():
        found = {row["active"]: row for row in rows if row["form"] == form}
        lines.append(_line(label, *(_seconds(found.get(size)) for size in sizes)))
    known = {(row["form"], row["active"]): row for row in rows}
    lines.append(_line("update: remove one", *(
        _seconds(known.get(("update", size)), "remove") for size in sizes
    )))
    lines.append(_line("fresh solve / update", *(
        _ratio(known.get(("fresh", size)), known.get(("update", size))) for size in sizes
    )))
    lines.append(_line("update: peak MB", *(
        _peak(known.get(("update", size))) for size in sizes
    )))
    return "\n".join(lines)


def _rows_text(rows: Sequence[Row]) -> str:
    row = rows[0]
    return (
        f"The same shape, {row['active']} active requests. An update pays while a request has "
        "few rows beside the weight's columns: a request of many prompts, captured at every "
        "position, may have hundreds. From a third of the columns on the update is given up for a "
        "fresh factor, which is dearer than a fresh solve, since it is made to be updated."
    )


def _rows(rows: Sequence[Row]) -> str:
    sizes = sorted({row["rows"] for row in rows})
    known = {(row["form"], row["rows"]): row for row in rows}
    lines = _head("seconds to add one", *(f"{size:,} rows" for size in sizes))
    for form in ("update", "fresh"):
        lines.append(_line(FORMS[form], *(_seconds(known.get((form, size))) for size in sizes)))
    lines.append(_line("fresh solve / update", *(
        _ratio(known.get(("fresh", size)), known.get(("update", size))) for size in sizes
    )))
    return "\n".join(lines)


def _shape_text() -> str:
    return (
        "One request, one layer measured. The last column is the measured layer times the number "
        "of layers of such a model, as if every layer were edited; layers are solved one by one, "
        "so their time adds up and their working memory does not. `once`: what a form needs "
        "before its first request."
    )


def _shapes(rows: Sequence[Row], shapes: Mapping[str, Sized]) -> str:
    lines = _head(
        "shape", "form", "once", "add", "remove", "cut", "fresh factors", "peak MB",
        "fresh solve / it", "add, all layers",
    )  # fmt: skip
    fresh = {row["part"]: row for row in rows if row["form"] == "fresh"}
    for row in rows:
        shape = shapes[row["part"]]
        label = f"{row['part']}: {shape.width:,} x {shape.feed_forward:,}, {shape.layers} layers"
        if "error" in row:
            lines.append(_line(label, FORMS[row["form"]], f"left out: {row['error']}", *[""] * 7))
            continue
        times = (_seconds(row, name) for name in ("once", "add", "remove", "cut"))
        lines.append(_line(
            label, FORMS[row["form"]], *times,
            str(row.get("factors", "-")), _peak(row), _ratio(fresh.get(row["part"]), row),
            f"{row['add'] * shape.layers:.2f}",
        ))
    return "\n".join(lines)


def _seconds(row: Row | None, name: str = "add") -> str:
    if row is None:
        return "-"
    if "error" in row:
        return f"left out: {row['error']}"
    return f"{row[name]:.3g}" if name in row else "-"


def _ratio(one: Row | None, other: Row | None) -> str:
    if one is None or other is None or "add" not in one or "add" not in other:
        return "-"
    return f"{one['add'] / other['add']:.1f}"


def _peak(row: Row | None) -> str:
    return f"{row['peak_mb']:,.0f}" if row and "peak_mb" in row else "-"


def _head(*names: str) -> list[str]:
    return [_line(*names), "|" + "---|" * len(names)]


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def draw(rows: Sequence[Row], file: Path) -> None:
    """Write a picture: seconds a request by active requests, and by the size of the weight."""
    picture, (left, right) = figure(9, 3.6, columns=2)
    for form, label in FORMS.items():
        found = [row for row in rows if row["form"] == form and "add" in row]
        active = [row for row in found if row["part"] == "active"]
        sized = [row for row in found if row["part"] not in {"active", "rows"}]
        sized.sort(key=lambda row: row["feed_forward"])
        left.loglog([row["active"] for row in active], _added(active), marker="o", label=label)
        if sized:
            places = [row["feed_forward"] for row in sized]
            right.loglog(places, _added(sized), marker="o", label=label)
    left.set_xlabel("active requests, the shipped patient's shape")
    left.set_ylabel("seconds to add one, a layer")
    right.set_xlabel("feed forward, one request")
    left.legend(frameon=False)
    for axis in (left, right):
        axis.spines[["top", "right"]].set_visible(False)
    save(picture, file)


def _added(rows: Sequence[Row]) -> list[float]:
    return [row["add"] for row in rows]
