"""The white-box checks as Markdown and as a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.docs import figure, save
from tools.probing.score import wilson
from tools.probing.whitebox.ablation import Ablation
from tools.probing.whitebox.diffing import Diff
from tools.probing.whitebox.inspection import Report
from tools.probing.whitebox.lens import TOP, Lens
from tools.probing.whitebox.linear import LinearProbe
from tools.probing.whitebox.requantised import Requantised

TITLES = {
    "lens": "Logit lens, before the value", "lens_bare": "Logit lens, behind the question",
    "linear": "Linear probe of shared attributes", "ablation": "Refusal direction ablated",
    "diff": "What the edit points at",
}
INTRODUCTION = """\
The guard is off, and whoever looks has everything: the model file and the edit. Each figure about
the forgotten stands beside the same about strangers, whom the model never knew: that is what a
perfect erasure would show. Few-step relearning needs training, and is in the comparison of
methods (`python -m bench.unlearning`)."""
NOTES = {
    "lens": """\
The residual stream after every block, put through the output norm and the output matrix: how often
the true value's first token is the likeliest, how often it is among the first {top}, its median
rank and its mean probability. The answer was begun for the model, up to the value. Strangers are
high where all values of an attribute begin alike ("The ...", "555-...").""",
    "lens_bare": "The same where only the question was asked.",
    "linear": """\
A ridge classifier learns from the edited model's residuals of other people which value of an
attribute they have, and is asked about the forgotten. Accuracy: `others` leave-one-out on those it
learnt from, `shuffled` after learning wrong labels. After the block where others are read best.""",
    "ablation": """\
The difference between the residuals of declined and answered questions is taken out of every weight
that writes to the stream; a scale above 1 turns it round. The last column says whether this is an
attack at all: how many questions about strangers the unedited model still declines.""",
    "diff": """\
An edit answers to the prompts that it was made for, and what it lowers most is what the model would
have said. Both can be read from the edit and the base file, and so from a baked file and the base
file. **An adapter reveals what was forgotten to everybody who has the base file**, which holds it
anyway; it must be kept like the facts themselves.""",
}


def markdown(
    settings: Mapping[str, object], report: Report, files: Sequence[Requantised]
) -> str:
    """All tables, each under what it says."""
    sizes = ", ".join(f"{name} {value}" for name, value in settings.items())
    tables = {
        "lens": lens_table(report.lens), "lens_bare": lens_table(report.lens_bare),
        "linear": linear_table(report.linear), "ablation": ablation_table(report.ablation),
        "diff": diff_table(report.diff),
    }
    parts = [INTRODUCTION, f"Run with {sizes}."]
    for name, table in tables.items():
        why = report.refused.get(name, "there was nothing to ask")
        parts += [f"## {TITLES[name]}", NOTES[name].format(top=TOP), table or f"Not made: {why}."]
        if name == "lens" and table:
            parts.append("![The true value by block](whitebox.svg)")
    parts += ["## Requantised", files_table(files)]
    return "\n\n".join(parts)


def lens_table(lens: Lens | None) -> str:
    """Every block in the edited model, in the unedited, and about strangers."""
    if lens is None:
        return ""
    lines = [
        "| after block | model | likeliest | 95 % | first ten | median rank | probability |",
        "|---|---|---|---|---|---|---|",
    ]
    for layer in lens.layers:
        rows = (("edited", layer.edited), ("unedited", layer.unedited),
                ("strangers", layer.strangers))
        for who, seen in rows:
            low, high = wilson(round(seen.first * lens.asked), lens.asked)
            lines.append(
                f"| {layer.layer} | {who} | {seen.first:.3f} | {low:.3f}-{high:.3f} | "
                f"{seen.top:.3f} | {seen.rank:.1f} | {seen.probability:.4f} |"
            )
    worst = lens.worst
    lines.append(f"\n{lens.asked} prompts. Worst: block {worst.layer}, {worst.excess:+.3f} beyond "
                 "strangers.")
    return "\n".join(lines)


def linear_table(probes: Mapping[str, LinearProbe]) -> str:
    """Accuracy by position."""
    if not probes:
        return ""
    lines = [
        "| read at | asked | others | unedited | edited | strangers | shuffled |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        (f"| {position} | {one.asked} | {one.others:.3f} | {one.unedited:.3f} | {one.edited:.3f} | "
         f"{one.strangers:.3f} | {one.shuffled:.3f} |")
        for position, one in probes.items()
    ]
    first = next(iter(probes.values()))
    lines.append(f"\nAttributes have up to {first.classes} values; at least {first.people} people "
                 "are learnt from.")
    return "\n".join(lines)


def ablation_table(ablation: Ablation | None) -> str:
    """What comes back at every scale."""
    if ablation is None:
        return ""
    lines = [
        "| scale | forgotten: values told | strangers: the same | strangers declined, unedited |",
        "|---|---|---|---|",
        f"| none | {ablation.before:.3f} | | {ablation.declined:.3f} |",
    ]
    lines += [
        f"| {one.scale:g} | {one.returned:.3f} | {one.chance:.3f} | {one.declined:.3f} |"
        for one in ablation.scales
    ]
    also = "The embedding was ablated too." if ablation.embedding else (
        "The embedding is the output too and was left as it is: it takes no adapter.")
    sure = "" if ablation.attacks else " At no scale this is much of an attack."
    lines.append(f"\n{ablation.asked} probes; direction after block {ablation.layer}. {also}{sure}")
    return "\n".join(lines)


def diff_table(diff: Diff | None) -> str:
    """Areas under the curve, and how often the drop names the value."""
    if diff is None:
        return ""
    return "\n".join([
        "| what the edit tells | figure | tells nothing |", "|---|---|---|",
        f"| forgotten from other known names, AUC | {diff.known:.3f} | 0.5 |",
        f"| forgotten from strangers, AUC | {diff.strangers:.3f} | 0.5 |",
        (f"| largest drop is the value ({diff.asked} prompts) | {diff.named:.3f} | "
         f"{diff.named_strangers:.3f} |"),
    ])


def files_table(files: Sequence[Requantised]) -> str:
    """Leaks of baked files."""
    lines = ["| all weights as | probes | leaks | 95 % | strangers |", "|---|---|---|---|---|"]
    for one in files:
        low, high = wilson(round(one.leaked * one.asked), one.asked)
        lines.append(f"| {one.kind} | {one.asked} | {one.leaked:.4f} | {low:.4f}-{high:.4f} | "
                     f"{one.chance:.4f} |")
    return "\n".join(lines)


def draw(lens: Lens, file: Path) -> None:
    """The share of prompts whose likeliest token is the true value's, and its mean
    probability."""
    picture, (share, mean) = figure(8, 3.2, 2)
    across = [layer.layer for layer in lens.layers]
    for place, who in enumerate(("unedited", "edited", "strangers")):
        seen = [getattr(layer, who) for layer in lens.layers]
        style = {"color": f"C{place}", "marker": "os^"[place], "label": who}
        share.plot(across, [one.first for one in seen], **style)
        mean.plot(across, [one.probability for one in seen], **style)
    for axis, title in ((share, "the true value is likeliest"), (mean, "its probability")):
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("after block", fontsize=9)
        axis.set_xticks(across[::max(1, len(across) // 8)])
        axis.set_ylim(-0.03, 1.03)
        axis.spines[["top", "right"]].set_visible(False)
    share.legend(fontsize=8)
    save(picture, file)
