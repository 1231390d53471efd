"""The TOFU figures as a picture, two panels a forget split."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.docs import figure, save

Lines = Mapping[str, Mapping[str, float]]
Ratios = Mapping[str, Sequence[float]]


def draw(lines: Mapping[str, Lines], ratios: Mapping[str, Ratios], file: Path) -> None:
    """Write a picture: the truth ratios of every model as cumulative shares, and how much utility
    a method keeps against its distance from the retain model."""
    picture, axes = figure(5 * 2 * len(lines), 4.2, 2 * len(lines))
    for place, split in enumerate(lines):
        _shares(axes[2 * place], split, ratios[split])
        _plane(axes[2 * place + 1], lines[split])
    save(picture, file)


def _shares(axis: Any, split: str, ratios: Ratios) -> None:
    for place, (name, some) in enumerate(ratios.items()):
        shares = [(at + 1) / len(some) for at in range(len(some))]
        dashes = ("-", "--", ":")[place // 10 % 3]
        axis.step(sorted(some), shares, dashes, where="post", label=name, linewidth=1)
    axis.set_xscale("log")
    axis.set_title(split, fontsize=10)
    axis.set_xlabel("truth ratio")
    axis.set_ylabel("share of rows below")
    axis.legend(fontsize=6)
    axis.spines[["top", "right"]].set_visible(False)


def _plane(axis: Any, lines: Lines) -> None:
    for name, line in lines.items():
        if "distance" in line and "utility kept" in line:
            axis.plot(line["distance"], line["utility kept"], "o", markersize=3)
            axis.annotate(name, (line["distance"], line["utility kept"]), fontsize=6)
    axis.axhline(0.95, color="grey", linewidth=0.5)
    axis.set_xlim(left=0)
    axis.set_xlabel("D, from the retain model")
    axis.set_ylabel("utility, share of the full model's")
    axis.tick_params(labelleft=True)
    axis.spines[["top", "right"]].set_visible(False)
