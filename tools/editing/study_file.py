"""The study of a model as a private file: it holds what the model knows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from tools.editing.moments import FACTS, REST, Moments, Scale
from tools.editing.names import Pieces
from tools.editing.negatives import Negatives
from tools.editing.store import pack, unpack, write_private
from tools.editing.study import Study
from tools.editing.templates import Wordings
from tools.editing.turns import Turn
from tools.editing.wide import Sample

STUDY_FORMAT = 4


class StudyFile:
    """The study of one model, by its fingerprint."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.path = folder / f"study-{fingerprint[:24]}.npz"

    def save(self, study: Study) -> None:
        """Write the study; sums are kept in float32, of which each is still a whole number."""
        header = {
            "format": STUDY_FORMAT, "turns": [asdict(turn) for turn in study.turns],
            "forms": study.negative.forms, "names": study.names, "pieces": asdict(study.pieces),
            "to_edit": asdict(study.to_edit), "to_test": asdict(study.to_test),
            "values": study.values, "layers": study.layers, "movement": study.movement,
            "scales": [asdict(kept.scale) for kept in study.kept if isinstance(kept, Moments)],
        }
        arrays: dict[str, np.ndarray] = {}
        every: Sequence[Moments | Sample] = study.kept
        for layer, kept in zip(study.layers, every, strict=True):
            arrays |= {f"{name} {layer}": array for name, array in _arrays(kept).items()}
        write_private(self.path, pack(header, arrays))

    def load(self) -> Study | None:
        """The study, None if there is none that this version can read."""
        found = unpack(self.path, STUDY_FORMAT)
        if found is None:
            return None
        header, arrays = found
        return Study(
            [Turn(**turn) for turn in header["turns"]], Negatives(tuple(header["forms"])),
            header["names"], _tuples(Pieces, header["pieces"]),
            _tuples(Wordings, header["to_edit"]), _tuples(Wordings, header["to_test"]),
            header["values"], header["layers"], header["movement"], _kept(header, arrays),
        )


def _arrays(kept: Moments | Sample) -> dict[str, np.ndarray]:
    if isinstance(kept, Moments):
        return {name: some.astype(np.float32) for name, some in kept.sums.items()}
    return {field.name: getattr(kept, field.name) for field in fields(Sample)}


def _kept(
    header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> list[Moments] | list[Sample]:
    if not header["scales"]:
        return [
            Sample(**{field.name: arrays[f"{field.name} {layer}"] for field in fields(Sample)})
            for layer in header["layers"]
        ]
    return [
        Moments(
            {name: arrays[f"{name} {layer}"].astype(np.float64) for name in (FACTS, REST)},
            Scale(**scale),
        )
        for layer, scale in zip(header["layers"], header["scales"], strict=True)
    ]


def _tuples(kind: Any, row: Mapping[str, list[str]]) -> Any:
    return kind(**{name: tuple(values) for name, values in row.items()})
