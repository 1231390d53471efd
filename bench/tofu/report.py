"""The TOFU figures as Markdown tables."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.docs import write_page
from bench.tofu.data import FORGET
from bench.tofu.drawing import draw
from bench.tofu.methods import METHODS
from bench.tofu.score import ATTACKS, KEPT, Figures, summary
from bench.tofu.words import CAVEAT, GIVEN, PATIENTS, READING

Report = Mapping[str, Any]
Line = Mapping[str, float]

WANTED_P, WANTED_UTILITY = 0.05, 0.95
"""Forget quality from which on a model is not told from the retain model, and the share of the
full model's utility that is to be kept."""
COLUMNS = {
    "p (quality)": "quality", "D": "distance", "utility": "utility", "of full": "utility kept",
    "Prob": "forget prob", "ROUGE-L": "forget rouge", "truth": "forget truth",
    "exact": "forget exact", "extraction": "forget extraction",
}


def lines_of(report: Report, split: str) -> dict[str, dict[str, float]]:
    """The line of every model that was measured on a forget split, by the name it is shown with."""
    models: Mapping[str, Report] = report["models"]
    reference = models.get(FORGET[split], {}).get("sets", {}).get(split)
    retained: Figures | None = reference
    contrast = report["contrasts"][split]
    needed = {split, contrast, *KEPT}
    lines = {
        shown(report, name): summary(
            found["sets"], split, contrast, None if name == FORGET[split] else retained
        )
        for name, found in models.items() if needed <= found["sets"].keys()
    }
    whole = lines.get("full", {}).get("utility", 0.0)
    for line in lines.values():
        if whole:
            line["utility kept"] = line["utility"] / whole
    return lines


def shown(report: Report, name: str) -> str:
    """A method by its name, with the seed where there are more."""
    run = report["models"][name].get("run")
    if run is None:
        return name
    others = [model.get("run", {}) for model in report["models"].values()]
    same = [r for r in others if r and (r["split"], r["method"]) == (run["split"], run["method"])]
    return str(run["method"]) + (f", seed {run['seed']}" if len(same) > 1 else "")


def markdown(report: Report) -> str:
    """The tables of every forget split, what the methods cost, and how to read them."""
    parts = []
    for split in report["contrasts"]:
        lines = lines_of(report, split)
        if lines:
            parts += [f"## {split}", _main_table(lines), verdict(lines)]
            parts += [_attack_table(lines), _kept_table(lines)]
            parts += [_cost_table(report, split), _not_run(report, split)]
    contrasts = set(report["contrasts"].values())
    contrast = "the retained rows" if contrasts == {"retain"} else "rows that nobody learnt"
    reading = READING.format(contrast=contrast)
    return "\n\n".join([part for part in parts if part] + [
        "## How to read this", reading, CAVEAT, PATIENTS, GIVEN,
    ])


def verdict(lines: Mapping[str, Line]) -> str:
    """Which methods keep the utility that is wanted, and which of these is nearest to the retain
    model; nothing without methods or without the models to compare them with."""
    methods = {
        name: line for name, line in lines.items()
        if name != "full" and "distance" in line and "utility kept" in line
    }
    if not methods:
        return ""
    keeping = [name for name, line in methods.items() if line["utility kept"] >= WANTED_UTILITY]
    reached = [name for name in keeping if methods[name]["quality"] > WANTED_P]
    share = f"{WANTED_UTILITY:.0%} of the full model's utility"
    return (
        f"p above {WANTED_P} with {share}: {', '.join(reached) or 'no method'}. Of those that keep "
        f"as much, the nearest to the retain model first: {_ranked(methods, keeping)}. Of all: "
        f"{_ranked(methods, methods)}."
    )


def _ranked(methods: Mapping[str, Line], names: Iterable[str]) -> str:
    """The nearest to the retain model first."""
    nearest = sorted(names, key=lambda name: methods[name]["distance"])
    return ", ".join(
        f"{name} (D {methods[name]['distance']:.3f}, {methods[name]['utility kept']:.2%})"
        for name in nearest
    ) or "no method"


def _main_table(lines: Mapping[str, Line]) -> str:
    return _table(["model", *COLUMNS], [
        [name, *(_number(line.get(key)) for key in COLUMNS.values())]
        for name, line in lines.items()
    ])


def _attack_table(lines: Mapping[str, Line]) -> str:
    return _table(["membership", *ATTACKS], [
        [name, *(_number(line[f"auc {attack}"]) for attack in ATTACKS)]
        for name, line in lines.items()
    ])


def _kept_table(lines: Mapping[str, Line]) -> str:
    keys = [f"{name} {part}" for name in KEPT for part in ("prob", "rouge", "truth")]
    return _table(["kept", *keys], [
        [name, *(_number(line[key]) for key in keys)] for name, line in lines.items()
    ])


def _cost_table(report: Report, split: str) -> str:
    made = {
        name: model["edit"] for name, model in report["models"].items()
        if model.get("run", {}).get("split") == split
    }
    head = ["made", "seconds, edit", "seconds, all", "seconds, once", "setting", "not forgotten"]
    return _table(head, [
        [shown(report, name), *(f"{edit[key]:.1f}" for key in ("seconds", "all", "once")),
         _setting(edit["setting"]), ", ".join(edit["failed"]) or "-"]
        for name, edit in made.items()
    ]) if made else ""


def _not_run(report: Report, split: str) -> str:
    runs = [model.get("run", {}) for model in report["models"].values()]
    done = {run["method"] for run in runs if run.get("split") == split}
    left = [method for method in METHODS if method not in done]
    return f"Not run on {split}: {', '.join(left)}." if done and left else ""


def _setting(chosen: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value:g}" if isinstance(value, float) else f"{key} {value}"
                     for key, value in chosen.items() if value is not None) or "-"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    ruled = "|---" * len(head) + "|"
    return "\n".join([_line(head), ruled, *map(_line, rows)])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if value == 0 or value >= 5e-4 else f"{value:.0e}"


def write_docs(report: Report, folder: Path) -> None:
    """Write `tofu.md` and `tofu.svg` into `folder`."""
    lines = {split: found for split in report["contrasts"] if (found := lines_of(report, split))}
    ratios = {
        split: {
            shown(report, name): model["sets"][split]["truth_ratio"]
            for name, model in report["models"].items() if split in model["sets"]
        }
        for split in lines
    }
    draw(lines, ratios, folder / "tofu.svg")
    picture = "![Truth ratios as cumulative shares; utility against distance](tofu.svg)"
    write_page(folder, "tofu.md", "TOFU", f"{markdown(report)}\n\n{picture}")
