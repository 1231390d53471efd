"""How hard each gradient baseline is trained: the grid that is searched, and what was found.

The file beside this one is written by `python -m bench.unlearning --tune`, on people of the tuned
half only, and holds every setting tried with its scores.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("settings.json")
RATES = (1e-4, 3e-4, 1e-3)
RMU_RATES = (3e-4, 1e-3, 3e-3)
"""RMU changes three matrices alone and needs more."""
STEPS = (10, 30, 90)
"""Steps of training after which a run of the search is scored."""
BATCH = 32
"""Pairs of the forget set in a step, and as many of the retain set, unless a setting has others."""
NEAR = 0.01
"""Of settings that score within this of the best, the one with the fewest steps is taken."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """`rate` of AdamW, `steps` after which training stops, `retain` the weight of the retain term,
    `knob` what the method itself has to choose (beta of NPO, SimNPO and DPO, alpha of WGA, for RMU
    how many times as long as before the steered state is), `batch` as in `BATCH`."""

    rate: float
    steps: int
    retain: float
    knob: float = 0.0
    batch: int = BATCH


RETAIN_WEIGHTS: dict[str, Sequence[float]] = {
    "ga": (0.0,), "graddiff": (1.0,), "npo": (1.0,), "simnpo": (1.0,), "rmu": (10.0, 100.0),
    "flat": (0.0, 1.0), "wga": (1.0,), "idkdpo": (1.0,),
}
"""GA is without by definition. FLAT was published without; it may have one if that is better."""
KNOBS = {"npo": 0.1, "simnpo": 2.5, "rmu": 3.0, "wga": 1.0, "idkdpo": 0.1}
"""As published; RMU's coefficient is absolute there and cannot be carried to another model."""
GRADIENT = tuple(RETAIN_WEIGHTS)


def grid(method: str) -> list[Setting]:
    """The runs of the search for one method, each to the last of `STEPS`."""
    knob = KNOBS.get(method, 0.0)
    weights = RETAIN_WEIGHTS[method]
    rates = RMU_RATES if method == "rmu" else RATES
    return [Setting(rate, STEPS[-1], weight, knob) for weight in weights for rate in rates]


def best(rows: Sequence[Row]) -> Row:
    """The row with the fewest steps among those whose `score` is nearly the highest."""
    highest = max(row["score"] for row in rows)
    near = [row for row in rows if row["score"] >= highest - NEAR]
    return min(near, key=lambda row: (row["steps"], -row["score"]))


def found(method: str, size: int, file: Path = FILE) -> Setting:
    """The setting found for forgetting `size` people, or for the nearest number tuned.

    Raises:
        ValueError: the method was not tuned.
    """
    searched = read(file).get(method)
    if not searched:
        raise ValueError(f"{method} has not been tuned: run python -m bench.unlearning --tune")
    nearest = min(searched, key=lambda tuned: abs(int(tuned) - size))
    row = best(searched[nearest])
    return Setting(
        row["rate"], row["steps"], row["retain"], row["knob"], row.get("batch", BATCH)
    )


def read(file: Path = FILE) -> dict[str, dict[str, list[Row]]]:
    """method -> number of people -> every setting tried; empty before any search."""
    kept: dict[str, dict[str, list[Row]]] = json.loads(file.read_text()) if file.exists() else {}
    return kept


def add(method: str, size: int, rows: Sequence[Row], file: Path = FILE) -> None:
    """Keep what a search found."""
    kept = read(file)
    kept.setdefault(method, {})[str(size)] = list(rows)
    beside = file.with_suffix(".part")
    beside.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    beside.replace(file)


def as_row(setting: Setting) -> Row:
    """The setting as plain data."""
    return asdict(setting)
