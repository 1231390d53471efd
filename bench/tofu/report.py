"""The TOFU figures as Markdown tables and as a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.docs import figure, save, write_page
from bench.tofu.data import FORGET
from bench.tofu.score import ATTACKS, KEPT, Figures, summary

Report = Mapping[str, Any]

CAVEAT = (
    "Forget quality asks whether the truth ratios could be those of a model that never saw the "
    "author. As published, such a model does not refuse: it writes a plausible answer, and right "
    "and wrong ones are about equally likely to it. A model that refuses cannot have those truth "
    "ratios: where only the opening is moved to a refusal, the tokens behind it, given the answer "
    "up to there, keep the ratios they had, and where more is moved, how the model weighs answers "
    "that it never gives is an accident. A low p-value therefore does not say that something "
    "leaks, nor a high one that nothing does; read it beside Prob, ROUGE-L, extraction strength "
    "and the leaks under attack. The patients of this page, the retain models among them, were "
    "trained to refuse names they do not know, so their figures are to be compared with one "
    "another and not with published ones."
)
READING = (
    "Forget quality is the p-value of a two-sample Kolmogorov-Smirnov test of truth ratios against "
    "the retain model; above 0.05 the two are not told apart. Utility is the harmonic mean of nine "
    "numbers. Truth is min(ratio, 1/ratio) on forgotten rows. Extraction and exact are shares of "
    "an answer's tokens. An attack's figure is the area under the curve that tells forgotten rows "
    "from {contrast}; the target of each is the retain model's, not 0.5."
)
COLUMNS = {
    "p (quality)": "quality", "utility": "utility", "Prob": "forget prob",
    "ROUGE-L": "forget rouge", "truth": "forget truth", "exact": "forget exact",
    "extraction": "forget extraction",
}


def lines_of(report: Report, split: str) -> dict[str, dict[str, float]]:
    """The line of every model that was measured on a forget split, by its name."""
    models: Mapping[str, Report] = report["models"]
    reference = models.get(FORGET[split], {}).get("sets", {}).get(split)
    retained: Figures | None = reference
    contrast = report["contrasts"][split]
    return {
        name: summary(found["sets"], split, contrast, None if name == FORGET[split] else retained)
        for name, found in models.items() if split in found["sets"] and contrast in found["sets"]
    }


def markdown(report: Report) -> str:
    """Two tables a forget split, the edits, and how to read them."""
    parts = []
    for split in report["contrasts"]:
        lines = lines_of(report, split)
        if lines:
            parts += [f"## {split}", _main_table(lines), _attack_table(lines), _kept_table(lines)]
    parts += _edits(report)
    contrasts = set(report["contrasts"].values())
    contrast = "the retained rows" if contrasts == {"retain"} else "rows that nobody learnt"
    return "\n\n".join([*parts, "## How to read this", READING.format(contrast=contrast), CAVEAT])


def _main_table(lines: Mapping[str, Mapping[str, float]]) -> str:
    return _table(["model", *COLUMNS], [
        [name, *(_number(line.get(key)) for key in COLUMNS.values())]
        for name, line in lines.items()
    ])


def _attack_table(lines: Mapping[str, Mapping[str, float]]) -> str:
    return _table(["membership", *ATTACKS], [
        [name, *(_number(line[f"auc {attack}"]) for attack in ATTACKS)]
        for name, line in lines.items()
    ])


def _kept_table(lines: Mapping[str, Mapping[str, float]]) -> str:
    keys = [f"{name} {part}" for name in KEPT for part in ("prob", "rouge", "truth")]
    return _table(["kept", *keys], [
        [name, *(_number(line[key]) for key in keys)] for name, line in lines.items()
    ])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    ruled = "|---" * len(head) + "|"
    return "\n".join([_line(head), ruled, *map(_line, rows)])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if value == 0 or value >= 5e-4 else f"{value:.0e}"


def _edits(report: Report) -> list[str]:
    found = []
    for name, model in report["models"].items():
        if edit := model.get("edit"):
            failed = "".join(f"; not {who}: {why}" for who, why in edit["failed"].items())
            found.append(
                f"{name}: {len(edit['names'])} authors forgotten in {edit['seconds']:.0f} s after "
                f"a study of {edit['study_seconds']:.0f} s{failed}."
            )
    return found


def draw(report: Report, file: Path) -> None:
    """Write a picture: the truth ratios of every model, one panel a forget split."""
    splits = [split for split in report["contrasts"] if lines_of(report, split)]
    picture, axes = figure(4 * len(splits), 3.6, len(splits))
    for axis, split in zip([axes] if len(splits) == 1 else axes, splits, strict=True):
        for name, model in report["models"].items():
            if split in model["sets"]:
                ratios = sorted(model["sets"][split]["truth_ratio"])
                shares = [(place + 1) / len(ratios) for place in range(len(ratios))]
                axis.step(ratios, shares, where="post", label=name)
        axis.set_xscale("log")
        axis.set_title(split, fontsize=10)
        axis.set_xlabel("truth ratio")
        axis.set_ylabel("share of rows below")
        axis.legend(fontsize=7)
        axis.spines[["top", "right"]].set_visible(False)
    save(picture, file)


def write_docs(report: Report, folder: Path) -> None:
    """Write `tofu.md` and `tofu.svg` into `folder`."""
    draw(report, folder / "tofu.svg")
    body = f"{markdown(report)}\n\n![Truth ratios as cumulative shares](tofu.svg)"
    write_page(folder, "tofu.md", "TOFU", body)


