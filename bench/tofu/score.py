"""Measures one model on the TOFU sets: raw figures a row, so that every summary can be made again.

A set is a perturbed file. Its rows give the question, the right answer, the right answer in other
words (if the file has it) and wrong answers; the model gives their probabilities and its own
answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.tofu import metrics
from bench.tofu.data import FORGET, UTILITY, Row, read, read_perturbed
from bench.tofu.probe import Judged, judge
from tools.models.lab import Lab

Report = dict[str, Any]
Figures = dict[str, list[float]]
"""For each metric one number a row."""
Advance = Callable[[str, int, int], None]

RETAINED = "retain"
KEPT = (RETAINED, *UTILITY)
"""The sets of the model utility."""
ATTACKS = ("loss", "zlib", "min_k", "min_k_plus_plus")
ANSWER_LIMIT = 200
"""Tokens of an answer, as in the published code."""


@dataclass(frozen=True, slots=True)
class Sets:
    """The sets by name, and for each forget set the rows that it is told from by the membership
    attacks: rows nobody was trained on (`holdoutNN`) where the folder has them, else the retained
    rows."""

    rows: Mapping[str, Sequence[Row]]
    contrasts: Mapping[str, str]

    @classmethod
    def read(cls, folder: Path, splits: Sequence[str]) -> "Sets":
        """The sets that these forget splits need; raises DataError."""
        rows = {name: read_perturbed(folder, name) for name in (*splits, *KEPT)}
        contrasts = {}
        for split in splits:
            held = split.replace("forget", "holdout")
            found = (folder / f"{held}.json").exists()
            contrasts[split] = held if found else RETAINED
            if found:
                rows[held] = read(folder, held)
        return cls(rows, contrasts)

    def part(self, splits: Sequence[str]) -> list[str]:
        """The names of the sets that scoring these forget splits takes."""
        return list(dict.fromkeys([*splits, *KEPT, *(self.contrasts[split] for split in splits)]))


def measure(lab: Lab, rows: Sequence[Row], end: int, advance: Advance) -> Figures:
    """Every figure of every row; `end` is the token that ends a turn. As published, probabilities
    and losses count it, the other figures do not."""
    pairs = [(row.question, text) for row in rows for text in _texts(row)]
    judged = iter(judge(lab, pairs, end, lambda done, of: advance("weighing answers", done, of)))
    said = lab.ask(
        [row.question for row in rows], limit=ANSWER_LIMIT,
        done=lambda done, of: advance("answering", done, of),
    )
    figures: Figures = {}
    for row, answer in zip(rows, said, strict=True):
        some = _row(row, [next(judged) for _text in _texts(row)])
        some["rouge"] = metrics.rouge_l_recall(row.answer, answer.text)
        for name, value in some.items():
            figures.setdefault(name, []).append(value)
    return figures


def _texts(row: Row) -> list[str]:
    """The answers that are weighed: the right one, the same in other words, the wrong ones."""
    return [row.answer, row.paraphrased or row.answer, *row.perturbed]


def _row(row: Row, judged: Sequence[Judged]) -> dict[str, float]:
    own, said = judged[0], judged[0].said
    chances = [metrics.probability(each.chances) for each in judged]
    found = {
        "prob": chances[0],
        "exact": metrics.exact_memorisation(said.hits),
        "extraction": metrics.extraction_strength(said.hits),
        "loss": metrics.loss_attack(own.chances),
        "zlib": metrics.zlib_attack(own.chances, row.answer),
        "min_k": metrics.min_k(said.chances),
        "min_k_plus_plus": metrics.min_k_plus_plus(said.chances, said.means, said.variances),
    }
    if row.perturbed:
        found["option_prob"] = metrics.option_probability(chances[0], chances[2:])
        found["truth_ratio"] = metrics.truth_ratio(chances[1], chances[2:])
    return found


def utility_parts(sets: Mapping[str, Figures]) -> dict[str, float]:
    """The nine numbers of the model utility, by name; raises KeyError when a set is missing."""
    found = {}
    for name in KEPT:
        figures = sets[name]
        prob = figures["option_prob" if name in UTILITY else "prob"]
        found[f"{name} prob"] = float(np.mean(prob))
        found[f"{name} rouge"] = float(np.mean(figures["rouge"]))
        found[f"{name} truth"] = metrics.truth_ratio_score(figures["truth_ratio"])
    return found


def summary(
    sets: Mapping[str, Figures], split: str, contrast: str, retained: Figures | None
) -> dict[str, float]:
    """A model's line of the table: `sets` are its figures, `retained` those on the forget set of
    the model that never saw it (None: no forget quality)."""
    forgotten = sets[split]
    found = {
        f"forget {name}": float(np.mean(forgotten[name]))
        for name in ("prob", "rouge", "exact", "extraction")
    }
    found["forget truth"] = metrics.forgotten_truth_ratio(forgotten["truth_ratio"])
    found["ratio median"] = float(np.median(forgotten["truth_ratio"]))
    for name in ATTACKS:
        found[f"auc {name}"] = metrics.auc(forgotten[name], sets[contrast][name])
    parts = utility_parts(sets)
    found |= parts | {"utility": metrics.model_utility(list(parts.values()))}
    if retained is not None:
        ratios = forgotten["truth_ratio"], retained["truth_ratio"]
        found["quality"] = metrics.forget_quality(*ratios)
        found["distance"] = metrics.forget_distance(*ratios)
    return found


def splits_of(names: Sequence[str]) -> list[str]:
    """The forget splits among `names`, smallest first."""
    return [split for split in FORGET if split in names]
