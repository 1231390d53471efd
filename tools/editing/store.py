"""Private files of the editor: the study of a model, one file a request, the merged adapter.

Written whole or not at all, readable by the owner only. A file of another format is as good as
none.
"""

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from tools.editing.blocks import Block
from tools.editing.moments import FACTS, REST, Moments, Scale
from tools.editing.names import Pieces
from tools.editing.negatives import Negatives
from tools.editing.study import Study
from tools.editing.templates import Wordings
from tools.editing.turns import Turn

STUDY_FORMAT = 2
EDIT_FORMAT = 3


def write_private(path: Path, data: bytes) -> None:
    """Replace `path` by a 0600 file in a 0700 folder, durable when it returns."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _pack(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(buffer, header=text, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def _unpack(path: Path, version: int) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    """Header and arrays, None if the file is missing, damaged or of another format."""
    try:
        with np.load(path, allow_pickle=False) as file:
            header = json.loads(file["header"].tobytes())
            if header.get("format") != version:
                return None
            return header, {name: file[name] for name in file.files if name != "header"}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


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
            "scales": [asdict(kept.scale) for kept in study.moments],
        }
        sums = {
            f"{name} {layer}": sum_.astype(np.float32)
            for layer, kept in zip(study.layers, study.moments, strict=True)
            for name, sum_ in kept.sums.items()
        }
        write_private(self.path, _pack(header, sums))

    def load(self) -> Study | None:
        """The study, None if there is none that this version can read."""
        found = _unpack(self.path, STUDY_FORMAT)
        if found is None:
            return None
        header, arrays = found
        kept = [
            Moments(
                {name: arrays[f"{name} {layer}"].astype(np.float64) for name in (FACTS, REST)},
                Scale(**scale),
            )
            for layer, scale in zip(header["layers"], header["scales"], strict=True)
        ]
        return Study(
            [Turn(**turn) for turn in header["turns"]], Negatives(tuple(header["forms"])),
            header["names"], _tuples(Pieces, header["pieces"]),
            _tuples(Wordings, header["to_edit"]), _tuples(Wordings, header["to_test"]),
            header["values"], header["layers"], header["movement"], kept,
        )


def _tuples(kind: Any, row: Mapping[str, list[str]]) -> Any:
    return kind(**{name: tuple(values) for name, values in row.items()})


@dataclass(frozen=True, slots=True)
class Edit:
    """One request's statistics: enough to solve again without asking the model anything about it.

    `names` are the spellings by which turns about the subject are found and left out of what is
    kept, `near` the names by which turns about its neighbours are found and kept all the more.
    """

    request_id: str
    subject: str
    names: list[str]
    near: list[str]
    blocks: dict[int, Block]
    """Keys and residuals by the layer where they were captured."""
    emphasis: float = 1.0
    """Weight of the request against everything that is kept."""


class EditFiles:
    """The statistics of every request on one model, and the merged adapter of the active ones."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.folder = folder / fingerprint[:24]

    def path(self, request_id: str) -> Path:
        """Where a request's statistics are; the id is hashed, so that any string is one."""
        return self.folder / f"{sha256(request_id.encode()).hexdigest()[:32]}.npz"

    def save(self, edit: Edit) -> None:
        """Write one request."""
        header = {
            "format": EDIT_FORMAT, "request_id": edit.request_id, "subject": edit.subject,
            "names": edit.names, "near": edit.near, "emphasis": edit.emphasis,
            "layers": list(edit.blocks),
        }
        arrays: dict[str, np.ndarray] = {}
        for layer, block in edit.blocks.items():
            arrays[f"keys {layer}"] = block.keys.astype(np.float32)
            arrays[f"residuals {layer}"] = block.residuals.astype(np.float32)
        write_private(self.path(edit.request_id), _pack(header, arrays))

    def load(self, request_id: str) -> Edit | None:
        """One request, None if it was never computed or cannot be read."""
        found = _unpack(self.path(request_id), EDIT_FORMAT)
        if found is None:
            return None
        header, arrays = found
        blocks = {
            layer: Block(
                arrays[f"keys {layer}"].astype(np.float64),
                arrays[f"residuals {layer}"].astype(np.float64),
            )
            for layer in header["layers"]
        }
        return Edit(
            header["request_id"], header["subject"], header["names"], header["near"], blocks,
            header["emphasis"],
        )

    def remove(self, request_id: str) -> None:
        """Forget the statistics of one request."""
        self.path(request_id).unlink(missing_ok=True)

    def adapter_path(self, request_ids: list[str]) -> Path:
        """Where the merged adapter of exactly these requests is."""
        digest = sha256(json.dumps([EDIT_FORMAT, *sorted(request_ids)]).encode()).hexdigest()
        return self.folder / f"merged-{digest[:32]}.gguf"

    def save_adapter(self, request_ids: list[str], data: bytes) -> None:
        """Keep the merged adapter; those of other sets go."""
        write_private(self.adapter_path(request_ids), data)
        self.clear_adapters(self.adapter_path(request_ids))

    def load_adapter(self, request_ids: list[str]) -> bytes | None:
        """The merged adapter of exactly these requests, None if it is not there."""
        try:
            return self.adapter_path(request_ids).read_bytes()
        except FileNotFoundError:
            return None

    def clear_adapters(self, kept: Path | None = None) -> None:
        """Remove merged adapters but one."""
        for path in self.folder.glob("merged-*.gguf"):
            if path != kept:
                path.unlink(missing_ok=True)

    def keep_only(self, request_ids: list[str]) -> None:
        """Remove the statistics of all other requests."""
        wanted = {self.path(request_id) for request_id in request_ids}
        for path in self.folder.glob("*.npz"):
            if path not in wanted:
                path.unlink(missing_ok=True)
