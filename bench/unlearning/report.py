"""The comparison as Markdown, as plain figures, and as a picture."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.docs import figure, save
from bench.unlearning.data import RELEARNING_STEPS as STEPS
from bench.unlearning.tables import Figure, Group, Pooled

Groups = Mapping[Group, Sequence[Pooled]]
Column = tuple[str, Callable[[Pooled], str]]

FORGOTTEN: tuple[Column, ...] = (
    ("forget recall", lambda row: str(row.recall("forget"))),
    ("ROUGE-L", lambda row: str(row.rouge("forget"))),
    ("worst attack", lambda row: f"{row.worst().own} {row.worst().kind}"),
    ("its chance", lambda row: f"{row.worst().chance:.3f}"),
    ("leak@8", lambda row: str(row.attack("sampled").own)),
    ("relearnt, 10 steps", lambda row: str(row.relearnt(10))),
    ("recall as Q8_0", lambda row: str(row.quantised("q8_0", "forget"))),
    ("recall as Q4_0", lambda row: str(row.quantised("q4_0", "forget"))),
)
KEPT: tuple[Column, ...] = (
    ("retain recall", lambda row: str(row.recall("retain"))),
    ("ROUGE-L", lambda row: str(row.rouge("retain"))),
    ("neighbours", lambda row: str(row.recall("neighbours"))),
    ("unknown names", lambda row: str(row.recall("unknown"))),
    ("small talk", lambda row: str(row.recall("talk"))),
    ("perplexity", lambda row: str(row.perplexity("retain"))),
    ("retain as Q4_0", lambda row: str(row.quantised("q4_0", "retain"))),
    ("seconds, edit", lambda row: f"{row.cost('seconds'):.2f}"),
    ("seconds, all", lambda row: f"{row.cost('seconds_all'):.1f}"),
    ("seconds, once", lambda row: f"{row.cost('seconds_once'):.1f}"),
    ("peak MB", lambda row: f"{row.cost('peak_mb'):.0f}"),
)
COSTS = ("seconds", "seconds_all", "seconds_once", "peak_mb")
NOTES = """\
Recall: the true value is in the greedy answer to a wording that no training showed; small talk and
unknown names count when answered as trained. In brackets 95 % intervals: Wilson's for shares,
bootstrap for ROUGE-L (recall) and perplexity (of the true held-out answers about others); answers
about the same person are alike, so the true ones are wider. Worst attack: the kind of probe
furthest above its chance level, which is what the untouched model says of strangers asked in the
same words. leak@8: any of eight answers at temperature 1. Relearnt: recall of half of the
attributes after fine-tuning on ten facts a person about the other half, at the attacker's best
rate. Seconds and peak memory are of a process that does nothing else: the edit alone, with what
every request needs before it (loading the weights into torch; locating), and what a model file
needs once, whatever is forgotten (the study)."""


def markdown(groups: Groups) -> str:
    """Two tables for every group: what is forgotten, and what is kept and spent."""
    parts = [NOTES]
    for group, rows in groups.items():
        seeds = max(len(row.cells) for row in rows)
        parts.append(f"## {title(group)} ({seeds} seeds)")
        parts += [_table(rows, FORGOTTEN), _table(rows, KEPT)]
        parts += [
            f"{row.method}: {row.failed:.1f} names a run could not be forgotten."
            for row in rows if row.failed
        ]
    return "\n\n".join(parts)


def title(group: Group) -> str:
    """What a group is, in words."""
    size, pairs = group
    who = "1 person" if size == 1 else f"{size} people"
    given = f", {pairs} question-answer pair of each given" if pairs else ""
    return f"{who} forgotten{given}"


def _table(rows: Sequence[Pooled], columns: Sequence[Column]) -> str:
    head = "| method | " + " | ".join(name for name, _ in columns) + " |"
    lines = [head, "|---" * (len(columns) + 1) + "|"]
    for row in rows:
        cells = " | ".join(shown(row) for _, shown in columns)
        lines.append(f"| {row.method} | {cells} |")
    return "\n".join(lines)


def plain(groups: Groups) -> list[dict[str, Any]]:
    """Every figure of the tables, and every kind of attack, as data for JSON."""
    return [_plain(group, row) for group, rows in groups.items() for row in rows]


def _plain(group: Group, row: Pooled) -> dict[str, Any]:
    sets = row.cells[0]["sets"]
    return {
        "method": row.method, "people": group[0], "pairs": group[1], "seeds": len(row.cells),
        "recall": {name: _pair(row.recall(name)) for name in sets},
        "rouge": {name: _pair(row.rouge(name)) for name in sets},
        "perplexity": {name: _pair(row.perplexity(name)) for name in ("forget", "retain")},
        "attacks": {
            one.kind: {"rate": _pair(one.own), "chance": one.chance} for one in row.attacks()
        },
        "relearnt": {str(step): _pair(row.relearnt(step)) for step in STEPS},
        "quantised": {
            kind: {name: _pair(row.quantised(kind, name)) for name in ("forget", "retain")}
            for kind in row.cells[0]["quantised"]
        },
        **{what: row.cost(what) for what in COSTS},
    }


def _pair(found: Figure) -> list[float]:
    return [found.value, *found.interval]


def draw(groups: Groups, file: Path) -> None:
    """Two panels a group: retain against forget, and the relearning curves."""
    picture, _ = figure(10, 3.8 * len(groups))
    picture.clear()
    panels = picture.subplots(len(groups), 2, squeeze=False)
    for (group, rows), (plane, curves) in zip(groups.items(), panels, strict=True):
        for place, row in enumerate(rows):
            style = {"color": f"C{place % 10}", "marker": "os^Dv"[place % 5], "label": row.method}
            plane.plot(row.recall("forget").value, row.recall("retain").value, ls="", **style)
            curves.plot(STEPS, [row.relearnt(step).value for step in STEPS], **style)
        _label(plane, title(group), "forget recall", "retain recall")
        _label(curves, "relearning the rest", "steps of fine-tuning", "recall")
        curves.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
    save(picture, file)


def _label(axis: Any, name: str, across: str, up: str) -> None:
    axis.set_title(name, fontsize=10)
    axis.set_xlabel(across, fontsize=9)
    axis.set_ylabel(up, fontsize=9)
    axis.set_ylim(-0.03, 1.03)
    axis.spines[["top", "right"]].set_visible(False)
