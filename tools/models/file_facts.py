"""What is worth finding out once about a model file: its sha256, and that llama.cpp survives it.

A fact holds as long as the file's path, time and size do. It is kept in memory and, where a cache
directory is given, over restarts.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from tools.errors import ModelFileError

FILE_NAME = "model-files.json"
CHUNK = 1 << 20
SOURCE_FOLDER = r"^\S*/"

Facts = dict[str, str]
"""`PATH|TIME|SIZE|NAME` -> value."""


def fingerprint(path: Path, cache_dir: Path | None = None) -> str:
    """sha256 of the file in hex."""
    return _fact(*_state(path), "sha256", _sha256, cache_dir)


def check_survives(path: Path, cache_dir: Path | None = None) -> None:
    """Try a file in another process, since llama.cpp ends its process on some damages.

    Raises:
        ModelFileError: that process was ended.
    """
    _fact(*_state(path), "survived", _survived, cache_dir)


def is_known(path: Path, cache_dir: Path) -> bool:
    """Whether the cache knows the file as it is, so that opening it writes nothing there."""
    resolved, mtime_ns, size = _state(path)
    return f"{resolved}|{mtime_ns}|{size}|sha256" in _read(cache_dir)


def _state(path: Path) -> tuple[Path, int, int]:
    status = path.stat()
    return path.resolve(), status.st_mtime_ns, status.st_size


@lru_cache(maxsize=64)
def _fact(
    path: Path, mtime_ns: int, size: int, name: str, find: Callable[[Path], str],
    cache_dir: Path | None,
) -> str:
    key = f"{path}|{mtime_ns}|{size}|{name}"
    known = _read(cache_dir) if cache_dir else {}
    if key in known:
        return known[key]
    value = find(path)
    if cache_dir:
        current = f"{path}|{mtime_ns}|{size}|"
        kept = {old: known[old] for old in known if _holds(old, path, current)}
        _write(cache_dir, kept | {key: value})
    return value


def _holds(key: str, path: Path, current: str) -> bool:
    """Whether a fact is about another file, or about this file as it is now."""
    return not key.startswith(f"{path}|") or key.startswith(current)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _survived(path: Path) -> str:
    root = Path(__file__).resolve().parents[2]
    # a backtrace of llama.cpp's own would start a debugger, which takes seconds
    environment = os.environ | {"PYTHONPATH": str(root), "GGML_NO_BACKTRACE": "1"}
    command = [sys.executable, "-m", "tools.models.trial", str(path)]
    done = subprocess.run(
        command, env=environment, capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode < 0:
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        told = f": {re.sub(SOURCE_FOLDER, '', last)}" if last else ""
        raise ModelFileError(
            f"{str(path)!r} is damaged: llama.cpp ends on it with signal {-done.returncode}{told}"
        )
    return "yes"


def _read(cache_dir: Path) -> Facts:
    """The cache; one that is missing or damaged counts as empty, since it can be made again."""
    try:
        found = json.loads((cache_dir / FILE_NAME).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(key): value for key, value in found.items() if isinstance(value, str)}


def _write(cache_dir: Path, facts: Facts) -> None:
    """Replace the cache in one step; a cache that cannot be written only costs time later."""
    try:
        cache_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=cache_dir, delete=False) as file:
            json.dump(facts, file)
        Path(file.name).replace(cache_dir / FILE_NAME)
    except OSError:
        return
