"""Shared by the memory tests: a cheap embedder, a raw byte search, and a way to be killed."""

import base64
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from memory.sealing import KEY_BYTES, Seal
from memory.text import normalise

WIDTH = 64
SEAL = Seal(bytes(range(KEY_BYTES)))


class Glass(Seal):
    """A seal that can be looked through, so that a raw search sees what a removal leaves."""

    def __init__(self) -> None:
        super().__init__(bytes(KEY_BYTES))

    def seal(self, data: bytes, place: str) -> bytes:
        return data

    def unseal(self, data: bytes, place: str) -> bytes:
        return data

    def turn(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(vectors, np.float32)

    turn_back = turn


GLASS = Glass()


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors float32[n, 64] from hashed words: texts that share words are near."""
    return np.stack([_vector(text) for text in texts]).astype(np.float32)


def _vector(text: str) -> NDArray[np.float64]:
    seeds = [zlib.crc32(word.encode()) for word in normalise(text).split()] or [0]
    total = sum(np.random.default_rng(seed).normal(size=WIDTH) for seed in seeds)
    return np.asarray(total / np.linalg.norm(total))


def bytes_of(folder: Path) -> bytes:
    """Every byte of every file at or below a path, and what base64 among them says."""
    files = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    raw = b"\0".join(path.read_bytes() for path in files if path.is_file())
    runs = re.findall(rb"[A-Za-z0-9+/]{24,}", raw)
    said = (base64.b64decode(_whole(run[start:])) for run in runs for start in range(4))
    return b"\0".join([raw, *said])


def _whole(run: bytes) -> bytes:
    return run[: len(run) // 4 * 4]


def holds_vector(raw: bytes, vector: NDArray[np.float32]) -> bool:
    """Do the bytes hold this vector as float32, at any offset, up to rounding?"""
    for offset in range(4):
        floats = np.frombuffer(raw[offset : offset + (len(raw) - offset) // 4 * 4], np.float32)
        with np.errstate(invalid="ignore", over="ignore"):
            starts = np.flatnonzero(np.abs(floats - vector[0]) < 1e-5)
        for start in starts:
            part = floats[start : start + len(vector)]
            if part.shape == vector.shape and np.allclose(part, vector, atol=1e-5):
                return True
    return False


def sidecars(path: Path) -> bytes:
    """The bytes of a database with its journal and log."""
    return b"\0".join(file.read_bytes() for file in sorted(path.parent.glob(path.name + "*")))


def ram_disk() -> Path | None:
    """A folder in memory: processes are killed here, not machines; no disk need be waited for."""
    folder = Path("/dev/shm")
    if not os.access(folder, os.W_OK) or shutil.disk_usage(folder).free < 2**28:
        return None
    return folder


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """An empty folder, in memory where the machine has a RAM disk."""
    if (ram := ram_disk()) is None:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=ram) as folder:
        yield Path(folder)


Killed = Callable[[str, str, str], None]

_PRELUDE = """
import importlib, os, signal, sys
module, _, name = sys.argv[1].partition(":")
when = sys.argv[2]
holder = importlib.import_module(module)
*owners, last = name.split(".")
for owner in owners:
    holder = getattr(holder, owner)
genuine = getattr(holder, last)
def die(*args, **kwargs):
    if when == "after":
        genuine(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
def arm():
    setattr(holder, last, die)
"""


@pytest.fixture
def killed() -> Killed:
    """Run a script in a child that is killed `before` or `after` it calls `module:name`.

    The script calls `arm()` when the next such call shall be the last.
    """

    def run(target: str, when: str, script: str) -> None:
        command = [sys.executable, "-c", _PRELUDE + script, target, when]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=_ROOT)
        assert done.returncode == -9, f"was not killed at {target}:\n{done.stderr}"

    return run


_ROOT = Path(__file__).resolve().parents[2]
