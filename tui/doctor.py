"""`lethe doctor`: whether this machine and this installation can run Lethe, one line a question.

Looks and changes nothing: a data directory that does not exist is not created. It does not know how
its findings are shown.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from memory.directory import MINIMUM_FREE, DataDirectory
from memory.errors import DirectoryHeld, MemoryFault
from memory.key import KeyFile
from memory.token import seal_of
from tools.errors import ToolError
from tools.models.embedder_files import embedder_path
from tui.mending import Kept, faults
from tui.paths import is_shared

LOWEST_PYTHON, FIRST_UNFIT_PYTHON = (3, 11), (3, 14)
COMPILED = "llama-cpp-python"
MEBIBYTE = 2**20


@dataclass(frozen=True, slots=True)
class Check:
    """One question, its answer, and what was seen; `detail` is one line."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Place:
    """What is examined: the directories in use and the model that would be opened, a file or the
    reference of a served one with the server's key; and the key that the data are sealed with."""

    data: Path
    cache: Path
    model: Path | str
    seal_key: Path
    key: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)


def examine(place: Place) -> list[Check]:
    """Every check, the cheap ones first; a failing one does not keep the next from running."""
    return [
        python(sys.version_info[:2]),
        runtime(),
        served(place.model, place.key) if isinstance(place.model, str) else model(place.model),
        embedder_file(place.cache),
        embedder_loads(place.cache),
        free_disk(place.data),
        private(place.data),
        data_directory(place.data, KeyFile(place.seal_key), place.passphrase),
        *stores(kept_at(place)),
    ]


def all_well(checks: Iterable[Check]) -> bool:
    """Whether nothing was found wanting."""
    return all(check.ok for check in checks)


def as_record(checks: Iterable[Check]) -> dict[str, object]:
    """The JSON form: `{ok, checks: [{name, ok, detail}]}`."""
    checks = list(checks)
    rows = [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in checks]
    return {"ok": all_well(checks), "checks": rows}


def python(version: tuple[int, ...]) -> Check:
    """The interpreter is one that every dependency supports."""
    fits = LOWEST_PYTHON <= version < FIRST_UNFIT_PYTHON
    detail = f"{'.'.join(map(str, version))} at {sys.executable}"
    return Check("python", fits, detail if fits else f"{detail}; 3.11, 3.12 or 3.13 is needed")


def runtime() -> Check:
    """llama.cpp's binding is exactly the version whose structures the probe reads."""
    try:
        wanted, found = pinned_version(), metadata.version(COMPILED)
    except metadata.PackageNotFoundError as error:
        return Check(COMPILED, False, f"{error.name} is not installed")
    if wanted != found:
        return Check(COMPILED, False, f"{found} is installed, {wanted} is needed")
    return Check(COMPILED, True, found)


def pinned_version() -> str:
    """The version of llama-cpp-python that the installed Lethe declares.

    Raises:
        PackageNotFoundError: Lethe runs from a folder that was never installed.
    """
    requirements = metadata.requires("lethe") or []
    pins = [line.partition("==")[2] for line in requirements if line.startswith(f"{COMPILED}==")]
    return pins[0].partition(";")[0].strip()


def model(path: Path) -> Check:
    """The model file is whole, and whether its weights can be edited."""

    def look() -> str:
        from tools.models.gguf_file import check_patient, quantisation, text, why_not_editable

        header = check_patient(path)
        reason = why_not_editable(header)
        reach = f"guard only: {reason}" if reason else "weights can be edited"
        kind = f"{text(header, 'general.architecture')}, {quantisation(header)}"
        return f"{str(path)!r} ({kind}); {reach}"

    return _tried("model", look)


def served(ref: str, key: str | None) -> Check:
    """The server answers and has the model."""

    def look() -> str:
        from tools.models.references import open_model

        opened = open_model(ref, default=Path(), key=key)
        opened.close()
        return f"{opened.info.ref!r}; guard only: {opened.info.why_not_editable}"

    return _tried("model", look)


def embedder_file(cache: Path) -> Check:
    """The sentence embedder is in the cache."""
    path = embedder_path(cache)
    if not path.is_file():
        return Check("embedder", False, f"not in {str(cache)!r} yet; it is fetched at the start")
    return Check("embedder", True, f"{path} ({path.stat().st_size // MEBIBYTE} MiB)")


def embedder_loads(cache: Path) -> Check:
    """The embedder's file gives a vector."""

    def look() -> str:
        from tools.models.embedder import Embedder

        embedder = Embedder(embedder_path(cache))
        try:
            vectors = embedder.embed(["Is this heard?"])
        finally:
            embedder.close()
        return f"gives vectors of {vectors.shape[1]} numbers"

    if not embedder_path(cache).is_file():
        return Check("embedder loads", False, "there is no file to load")
    return _tried("embedder loads", look)


def free_disk(data: Path) -> Check:
    """Room for the copy that erasing makes."""
    folder = _nearest(data)
    free = shutil.disk_usage(folder).free
    detail = f"{free // MEBIBYTE} MiB free in {str(folder)!r}"
    if free < MINIMUM_FREE:
        return Check("disk", False, f"{detail}; {MINIMUM_FREE // MEBIBYTE} MiB are needed")
    return Check("disk", True, detail)


def private(data: Path) -> Check:
    """Nobody but the owner can look into the data directory."""
    if not data.exists():
        return Check("private", True, f"{str(data)!r} will be created for its owner only")
    mode = f"{str(data)!r} has mode {data.stat().st_mode & 0o777:04o}"
    if is_shared(data):
        return Check("private", False, f"{mode}; 0700 was expected (the next start mends it)")
    return Check("private", True, mode)


def data_directory(data: Path, key: KeyFile, passphrase: str | None = None) -> Check:
    """The directory can be held and written, and its ledger read; another Lethe is no fault."""

    def look() -> str:
        from memory.ledger import Ledger

        try:
            with DataDirectory(data) as directory:
                requests = 0
                if directory.ledger.exists():
                    seal = seal_of(data, key, passphrase)
                    with closing(Ledger(directory.ledger, seal)) as ledger:
                        requests = len(ledger.rows())
        except DirectoryHeld as held:
            return str(held)
        return f"{str(data)!r}, requests in the ledger: {requests}"

    if (data / "version").is_file():
        return _tried("data directory", look)
    folder = _nearest(data)
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return Check("data directory", True, f"{str(data)!r} is not used yet")
    return Check("data directory", False, f"{str(data)!r} cannot be created in {str(folder)!r}")


def kept_at(place: Place) -> Kept:
    """The part of a place that can be damaged and mended."""
    return Kept(place.data, place.cache, KeyFile(place.seal_key), place.passphrase)


def stores(kept: Kept) -> list[Check]:
    """One line for each thing that is damaged, and how it is mended; one for all if none is."""
    try:
        found = faults(kept)
    except DirectoryHeld:
        return [Check("stores", True, "not looked at while another Lethe uses them")]
    except (MemoryFault, OSError, ToolError) as error:
        return [Check("stores", False, " ".join(str(error).split()))]
    if not found:
        return [Check("stores", True, "whole")]
    return [
        Check(fault.store, False, f"{fault.detail}; `lethe doctor --repair` would {fault.remedy}")
        for fault in found
    ]


def _tried(name: str, look: Callable[[], str]) -> Check:
    """What `look` saw, or the one line it was refused with."""
    try:
        return Check(name, True, look())
    except (MemoryFault, OSError, ToolError) as error:
        return Check(name, False, " ".join(str(error).split()))


def _nearest(path: Path) -> Path:
    """The path itself or its closest ancestor that exists."""
    return next(folder for folder in (path, *path.parents) if folder.exists())
