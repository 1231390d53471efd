"""The page of the surgeon's figures: all tables with what they mean, and the picture."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.docs import figure, save
from bench.surgeon.figures import Outcomes, table, verdict
from bench.surgeon.report import (
    ABOVE_CHANCE,
    LABELS,
    Found,
    attack_rows,
    attack_table,
    capacity_table,
    quantised_table,
)
from bench.surgeon.work import Row

Parts = Mapping[str, Found]
LOGITS, SPEED = 1e-4, 0.95
"""The bars: the largest difference of logits, and decoding beside the base."""

NOTES = {
    "capacity": """\
Held-out paraphrases throughout. `forgotten`: the true value stands in the answer. `others` were
never forgotten; `neighbours` share a name half with somebody forgotten; `reverse, others` lead from
a value back to somebody not forgotten. Small talk and unknown names count when answered as trained.
`worst`: of whom, or of what kind of thing, most was told or lost.""",
    "attacks": """\
A leak: the answer holds the true value (asked in reverse: the name). `chance` is the same of a
stranger in the same words from the unedited model, a stranger sharing half of the name or none of
it; in reverse a value that nobody has. `beyond chance` is measured from the lower of the two.
`prefix`: the answer was begun up to the value; `half value`: with the first half of the value's
tokens as well; `retry`: the question again after a refusal; `two turns`: the name in one turn, the
question in the next; `no question`: an empty turn and the begun answer; `no chat`: the begun answer
as bare text; `sampled`: the worst of eight answers at temperature 1.""",
    "order": """\
Each state beside a fresh joint solve of the same requests: the largest difference of logits behind
{prompts} prompts, and whether the adapters are the same to the byte.""",
    "cost": """\
Requests one after the other in one session. Approval to the first answer: `operate` solves all
active requests jointly and plugs them in. Locating happens before approval. Threads: {threads};
other work on the machine counts in.""",
    "quantised": """\
The edit in the weights of a file of that type, every weight requantised, beside the unedited file
of the same type. `more precision`: what was kept above the type, as `lethe bake --keep-edited`
offers; all are shown and none was chosen by these figures.""",
}
TITLES = {
    "capacity": "Capacity", "attacks": "Attacks", "order": "Order and undo", "cost": "Cost",
    "quantised": "Quantised files",
}


def markdown(parts: Parts, spec: Row) -> str:
    """Every part that was run, each under what it says."""
    made: dict[str, Callable[[Any], str]] = {
        "capacity": capacity_table,
        "attacks": lambda found: _each(attack_table, found),
        "order": lambda found: _each(order_table, found),
        "cost": lambda found: _each(cost_table, found),
        "quantised": lambda found: _each(quantised_table, found),
    }
    said = ", ".join(f"{name} {value}" for name, value in spec.items())
    body = [f"The edit alone, the guard off; people of the half named here. Run with {said}."]
    for name, found in parts.items():
        if found:
            facts = next(iter(found.values()))
            note = NOTES[name].format(**facts) if isinstance(facts, dict) else NOTES[name]
            body += [f"## {TITLES[name]}", note, made[name](found)]
    return "\n\n".join(body)


def _each(part: Callable[[int, Row], str], found: Found) -> str:
    return "\n\n".join(part(size, row) for size, row in found.items())


def order_table(size: int, found: Row) -> str:
    """One row a state, and the return to the unedited model."""
    head = ("what", "active", "largest difference of logits", "same bytes", f"<= {LOGITS:g}")
    lines = [
        [row["what"], str(row["active"]), f"{row['difference']:.3g}", str(row["same bytes"]),
         verdict(row["difference"] <= LOGITS)]
        for row in found["rows"]
    ]
    lines.append([
        "all restored: logits bit-identical to the base", "0", "", str(found["restored"]),
        verdict(found["restored"]),
    ])
    worst = max(found["rows"], key=lambda row: row["difference"])
    return (f"{size} people.\n\n{table(head, lines)}\n\n"
            f"Worst: {worst['what']}, {worst['difference']:.3g}.")


def cost_table(size: int, found: Row) -> str:
    """Some of the requests, how the cost grows over all, and the speed of decoding."""
    rows = found["rows"]
    head = ("active requests", "locate, s", "approval to edit, s", "first answer, s", "rank",
            "energy lost", "adapter, kB")  # fmt: skip
    picked = [row for row in rows if row["active"] in (1, 2, 5, 10, 25, 50, 100, len(rows))]
    lines = [
        [str(row["active"]), f"{row['locate']:.2f}", f"{row['operate']:.2f}",
         f"{row['answer']:.3f}", str(row["rank"]), f"{row['lost']:.1e}",
         f"{row['bytes'] / 1000:,.0f}"]
        for row in picked
    ]
    ratios = [edited / plain for plain, edited in found["rates"]]
    speed = statistics.median(ratios)
    plain = statistics.median(rate for rate, _edited in found["rates"])
    slowest = max(rows, key=lambda row: row["operate"])
    growth = f"Slowest: {slowest['operate']:.2f} s with {slowest['active']} active. {_growth(rows)}"
    decoding = (
        f"Decoding with {len(rows)} active, in {len(ratios)} interleaved pairs: median "
        f"{speed:.3f} of the base's {plain:,.0f} tokens a second, worst pair {min(ratios):.3f} "
        f"(bar {SPEED}) {verdict(speed >= SPEED)}. Asked for: {size}, refused: "
        f"{', '.join(found['refused']) or 'none'}."
    )
    return "\n\n".join([table(head, lines), growth, decoding])


def _growth(rows: Sequence[Row]) -> str:
    """Medians of the first and the last requests: one alone may have waited for other work."""
    few = max(1, min(5, len(rows) // 2))
    first, last = ([row["operate"] for row in some] for some in (rows[:few], rows[-few:]))
    early, late = statistics.median(first), statistics.median(last)
    return (f"Median of the first {few}: {early:.2f} s, of the last {few}: {late:.2f} s, "
            f"{late / early:.2f} times as long.")


def draw(parts: Parts, file: Path) -> None:
    """Write a picture: what is told and kept by size, and leaks by kind beside chance."""
    picture, _ = figure(11, 5)
    picture.clear()
    left, right = picture.subplots(1, 2)
    capacity: Any = parts.get("capacity", {})
    _draw_capacity(left, capacity)
    attacked = parts.get("attacks", {})
    if attacked:
        size = 10 if 10 in attacked else min(attacked)
        _draw_attacks(right, size, attacked[size]["kinds"])
    for axis in (left, right):
        axis.spines[["top", "right"]].set_visible(False)
    save(picture, file)


def _draw_capacity(axis: Any, found: Mapping[int, Sequence[Row]]) -> None:
    names = [name for name in LABELS if name != "refusals"]
    for place, name in enumerate(names):
        rows = {
            size: Outcomes.of(*(group["sets"][name] for group in groups))
            for size, groups in found.items()
        }
        figures = [one.rate if name == "forgotten" else one.ratio for one in rows.values()]
        label = LABELS[name] if name == "forgotten" else f"{LABELS[name]}, of before"
        axis.plot(list(rows), figures, color=f"C{place}", marker="os^Dv<"[place], label=label)
    axis.set_xlabel("people forgotten of 100", fontsize=9)
    axis.set_ylim(-0.03, 1.03)
    axis.legend(fontsize=7, loc="center right", frameon=False)


def _draw_attacks(axis: Any, size: int, kinds: Row) -> None:
    rows = dict(reversed(attack_rows(kinds).items()))
    places = range(len(rows))
    own = [sides["own"].rate for sides in rows.values()]
    axis.barh(list(places), own, color="C3", height=0.6, label="forgotten")
    for who, label, marker in (("near", "half the name", "|"), ("far", "other name", "x")):
        some = [
            (sides[who].rate_before, place)
            for place, sides in zip(places, rows.values(), strict=True) if who in sides
        ]
        axis.plot(*zip(*some, strict=True), ls="", marker=marker, color="black", label=label)
    axis.set_yticks(list(places), list(rows), fontsize=8)
    axis.set_xlabel(f"share that leaks, {size} people; marks: chance (bar {ABOVE_CHANCE} above)",
                    fontsize=9)  # fmt: skip
    axis.legend(fontsize=7, frameon=False)
