"""The comparison of methods as a table and as a picture."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.docs import figure, save

Report = Mapping[str, Any]


HEAD = (
    "| method | leaks, worst kind | leaks, all (95 %) | others' recall lost | calls | tokens read"
    " | written | seconds |"
)


def markdown(report: Report) -> str:
    """The table: one row a method, the worst kind first."""
    settings = report["settings"]
    methods = report["methods"]
    before = methods.get("none", {}).get("summary", {}).get("recall")
    lines = [
        _sizes(settings), "", HEAD, "|---" * HEAD.count(" |") + "|",
    ]
    for name, row in methods.items():
        found, cost = row["summary"], row["cost"]
        low, high = found["interval"]
        lost = "-" if before is None else f"{before - found['recall']:.3f}"
        worst = f"{found['worst_rate']:.2f} ({found['worst']})" if found["rate"] else "0"
        lines.append(
            f"| {name} | {worst} | {found['rate']:.3f}"
            f" ({low:.3f}-{high:.3f}) | {lost} | {cost['calls']:.1f} | {cost['read']:.0f}"
            f" | {cost['written']:.0f} | {cost['seconds']:.2f} |"
        )
    lines += [
        f"\n{name}: this model could not follow it {row['fell_back']} times; `refusal` answered."
        for name, row in methods.items() if row["fell_back"]
    ]
    return "\n".join([*lines, *_tokens(report["tokens"])])


def _sizes(settings: Report) -> str:
    return (
        f"{settings['people']} people forgotten, {settings['probes']} probes; "
        f"{settings['retained']} probes about others; seed {settings['seed']}, "
        f"{settings['half']} half, {settings['model']}."
    )


def _tokens(tokens: Mapping[str, Mapping[str, float]]) -> list[str]:
    return [
        f"\n{name}: tokens read a guarded query "
        + ", ".join(f"{count:.1f} at {size} targets" for size, count in sizes.items())
        for name, sizes in tokens.items()
    ]


def draw(report: Report, file: Path) -> None:
    """Write a picture: what each method leaks, loses and takes."""
    names = list(report["methods"])
    rows = [report["methods"][name] for name in names]
    before = rows[names.index("none")]["summary"]["recall"] if "none" in names else 1.0
    panels = {
        "leaks, worst kind of probe": [row["summary"]["worst_rate"] for row in rows],
        "recall of others lost": [before - row["summary"]["recall"] for row in rows],
        "seconds a query": [row["cost"]["seconds"] for row in rows],
    }
    picture, axes = figure(11, 3.6, len(panels))
    for axis, (title, values) in zip(axes, panels.items(), strict=True):
        bars = axis.barh(names[::-1], values[::-1], color="#4c72b0")
        axis.bar_label(bars, fmt="%.2f", padding=2, fontsize=8)
        axis.set_title(title, fontsize=10)
        axis.set_xlim(min(0, *values), max([*values, 0.05]) * 1.2)
        axis.spines[["top", "right"]].set_visible(False)
    save(picture, file)
