"""sha256 of a model file, computed once as long as the file's path, time and size stay."""

import hashlib
import json
import tempfile
from functools import lru_cache
from pathlib import Path

FILE_NAME = "fingerprints.json"
CHUNK = 1 << 20


def fingerprint(path: Path, cache_dir: Path | None = None) -> str:
    """sha256 of the file at `path` in hex, remembered in `cache_dir` over restarts if given."""
    status = path.stat()
    return _remembered(path.resolve(), status.st_mtime_ns, status.st_size, cache_dir)


@lru_cache(maxsize=64)
def _remembered(path: Path, mtime_ns: int, size: int, cache_dir: Path | None) -> str:
    key = f"{path}|{mtime_ns}|{size}"
    known = _read(cache_dir) if cache_dir else {}
    if key in known:
        return known[key]
    digest = _sha256(path)
    if cache_dir:
        kept = {old: value for old, value in known.items() if not old.startswith(f"{path}|")}
        _write(cache_dir, kept | {key: digest})
    return digest


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _read(cache_dir: Path) -> dict[str, str]:
    """The cache; one that is missing or damaged counts as empty, since it can be made again."""
    try:
        found = json.loads((cache_dir / FILE_NAME).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(key): value for key, value in found.items() if isinstance(value, str)}


def _write(cache_dir: Path, entries: dict[str, str]) -> None:
    """Replace the cache in one step; a cache that cannot be written only costs time later."""
    try:
        cache_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=cache_dir, delete=False) as file:
            json.dump(entries, file)
        Path(file.name).replace(cache_dir / FILE_NAME)
    except OSError:
        return
