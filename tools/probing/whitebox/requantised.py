"""Requantisation: an edit lies in the small differences of weights, which a coarser file may round
away; so the edited weights are written in other precisions and asked the same probes.

Source: Zhang et al. 2024, "Catastrophic failure of LLM unlearning via quantization" (arXiv
2410.16454). The files are drafts that get no name and are gone afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tools.editing.findings import Probe
from tools.models.bake import Baker, Patient
from tools.models.bake_order import BakeOrder, Kind
from tools.probing.score import reveals


@dataclass(frozen=True, slots=True)
class Requantised:
    """Shares of `asked` probes about the forgotten that reveal a value in a file of one kind, and
    of the same probes about strangers."""

    kind: str
    asked: int
    leaked: float
    chance: float


def requantised(
    engine: Patient, kind: Kind, folder: Path, probes: Sequence[Probe]
) -> Requantised:
    """Bake what is plugged into `engine` with every weight in the precision of `kind`, and ask.

    Raises:
        BakeError: nothing is plugged in, or the file cannot be written.
    """
    order = BakeOrder(folder / f"whitebox-{kind}.gguf", kind, keep="same")
    with Baker(engine).begin(order) as bake:
        bake.write("same")
        answers = bake.answer([p.wording for p in probes], [p.prefix for p in probes])
    hits = np.array([
        reveals(answer.removeprefix(probe.prefix), probe.values)
        for answer, probe in zip(answers, probes, strict=True)
    ])
    strange = np.array([probe.stranger for probe in probes])
    return Requantised(kind, int((~strange).sum()), _share(hits[~strange]), _share(hits[strange]))


def _share(hits: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> float:
    return float(hits.mean()) if len(hits) else 0.0
