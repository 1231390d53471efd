"""Private files of the editor: one a request, and the merged adapter.

Written whole or not at all, readable by the owner only, and sealed where a seal is given: keys and
residuals hold what the model thought of a subject. A file of another format is as good as none, and
so is one that does not open.
"""

import io
import json
import os
import struct
import tempfile
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from tools.editing.blocks import Block

EDIT_FORMAT = 5
DAMAGE = (
    OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError,
    MemoryError, RuntimeError, SyntaxError, zipfile.BadZipFile, zlib.error, struct.error,
    tokenize.TokenError,
)
"""What NumPy, its zip and its JSON raise on bytes that are not what they were."""


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


def pack(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """A header that JSON can hold, and arrays by name, as one file's bytes."""
    buffer = io.BytesIO()
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(buffer, header=text, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def unpack(
    source: Path | io.BytesIO, version: int
) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    """Header and arrays, None if the file is missing, damaged or of another format."""
    try:
        # NumPy leaves a damaged file open; bytes at hand need no closing.
        held = io.BytesIO(source.read_bytes()) if isinstance(source, Path) else source
        with np.load(held, allow_pickle=False) as file:
            header = json.loads(file["header"].tobytes())
            if header.get("format") != version:
                return None
            return header, {name: file[name] for name in file.files if name != "header"}
    except DAMAGE:
        return None


class Sealer(Protocol):
    """What makes bytes unreadable to others and back, each bound to the name of its place.

    `unseal` raises ValueError for bytes that it did not seal there.
    """

    def seal(self, data: bytes, place: str) -> bytes: ...

    def unseal(self, data: bytes, place: str) -> bytes: ...


class Unsealed:
    """Leaves bytes as they are: for measurements, whose subjects are nobody's secret."""

    def seal(self, data: bytes, place: str) -> bytes:  # noqa: ARG002 - as every sealer
        """The bytes themselves."""
        return data

    def unseal(self, data: bytes, place: str) -> bytes:  # noqa: ARG002 - as every sealer
        """The bytes themselves."""
        return data


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

    def __init__(self, folder: Path, fingerprint: str, sealer: Sealer | None = None) -> None:
        self.folder = folder / fingerprint[:24]
        self._sealer = sealer or Unsealed()

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
        self._write(self.path(edit.request_id), pack(header, arrays))

    def load(self, request_id: str) -> Edit | None:
        """One request, None if it was never computed or cannot be read."""
        data = self._read(self.path(request_id))
        found = unpack(io.BytesIO(data), EDIT_FORMAT) if data else None
        if found is None:
            return None
        try:
            return _edit(*found)
        except DAMAGE:
            return None

    def remove(self, request_id: str) -> None:
        """Forget the statistics of one request."""
        self.path(request_id).unlink(missing_ok=True)

    def adapter_path(self, request_ids: list[str]) -> Path:
        """Where the merged adapter of exactly these requests is."""
        digest = sha256(json.dumps([EDIT_FORMAT, *sorted(request_ids)]).encode()).hexdigest()
        return self.folder / f"merged-{digest[:32]}.gguf"

    def save_adapter(self, request_ids: list[str], data: bytes) -> None:
        """Keep the merged adapter; those of other sets go."""
        self._write(self.adapter_path(request_ids), data)
        self.clear_adapters(self.adapter_path(request_ids))

    def load_adapter(self, request_ids: list[str]) -> bytes | None:
        """The merged adapter of exactly these requests, None if it is not there or not whole."""
        return self._read(self.adapter_path(request_ids))

    def clear_adapters(self, kept: Path | None = None) -> None:
        """Remove merged adapters but one."""
        for path in self.folder.glob("merged-*.gguf"):
            if path != kept:
                path.unlink(missing_ok=True)

    def _write(self, path: Path, data: bytes) -> None:
        write_private(path, self._sealer.seal(data, path.name))

    def _read(self, path: Path) -> bytes | None:
        try:
            return self._sealer.unseal(path.read_bytes(), path.name)
        except (OSError, ValueError):
            return None

    def keep_only(self, request_ids: list[str]) -> None:
        """Remove the statistics of all other requests."""
        wanted = {self.path(request_id) for request_id in request_ids}
        for path in self.folder.glob("*.npz"):
            if path not in wanted:
                path.unlink(missing_ok=True)


def _edit(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> Edit:
    """The edit of a file; one of `DAMAGE` where a part is missing or does not fit."""
    blocks = {
        layer: Block(
            arrays[f"keys {layer}"].astype(np.float64),
            arrays[f"residuals {layer}"].astype(np.float64),
        )
        for layer in header["layers"]
    }
    if any(len(block.keys) != len(block.residuals) for block in blocks.values()):
        raise ValueError("keys and residuals of different numbers")
    return Edit(
        header["request_id"], header["subject"], header["names"], header["near"], blocks,
        header["emphasis"],
    )
