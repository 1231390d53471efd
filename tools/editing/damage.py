"""Files of the editor that can no longer be read: what was computed for requests, and the studies.

Both are computed again at the next start of their model, so nothing is lost with them but time.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from tools.editing.store import DAMAGE, EditFiles, Sealer, unpack
from tools.editing.study_file import STUDY_FORMAT


def damaged_edits(folder: Path, request_ids: Sequence[str], sealer: Sealer) -> list[Path]:
    """Files of these requests, and adapters of all of them together, that are there and broken."""
    return [path for files in _models(folder, sealer) for path in _broken(files, request_ids)]


def damaged_studies(cache: Path) -> list[Path]:
    """Studies in the cache that are broken; one of another version is that version's to use."""
    return [path for path in sorted(cache.glob("study-*.npz")) if not _is_study(path)]


def subject_of(folder: Path, request_id: str, sealer: Sealer) -> str | None:
    """What a request was about, as far as an edit of it tells."""
    edits = (files.load(request_id) for files in _models(folder, sealer))
    return next((edit.subject for edit in edits if edit is not None), None)


def _models(folder: Path, sealer: Sealer) -> Iterable[EditFiles]:
    models = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    return [EditFiles(folder, path.name, sealer) for path in models]


def _broken(files: EditFiles, request_ids: Sequence[str]) -> list[Path]:
    here = [one for one in request_ids if files.path(one).exists()]
    broken = [files.path(one) for one in here if files.load(one) is None]
    adapter = files.adapter_path(here)
    if adapter.exists() and files.load_adapter(here) is None:
        broken.append(adapter)
    return broken


def _is_study(path: Path) -> bool:
    return unpack(path, STUDY_FORMAT) is not None or _format(path) not in (None, STUDY_FORMAT)


def _format(path: Path) -> int | None:
    """The version that a file names, None where it cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return int(json.loads(file["header"].tobytes())["format"])
    except DAMAGE:
        return None
