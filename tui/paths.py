"""Where Lethe keeps its files, and that nobody else reads them.

XDG directories on Linux, their like elsewhere. Directories are 0700, files 0600. It knows nothing
of what is kept.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from platformdirs import PlatformDirs

DIRECTORY_MODE = 0o700
FILE_MODE = 0o600
PRIVATE_UMASK = 0o077

_DIRS = PlatformDirs("lethe", appauthor=False)


@dataclass(frozen=True, slots=True)
class Paths:
    """The four directories of one Lethe."""

    data: Path
    """Memories, ledger, threads, adapters: what `--data-dir` moves."""
    cache: Path
    """The embedder and what was learnt about a model file; safe to delete."""
    config: Path
    """Settings the user wrote."""
    state: Path
    """Logs and input history."""

    @property
    def key(self) -> Path:
        """File of the key that the data are sealed with: not among them, so that a copy of the
        data alone tells nothing."""
        return self.config / "key"


def paths(data_dir: Path | None = None) -> Paths:
    """The directories in use.

    Args:
        data_dir: kept apart from the user's own Lethe: state and settings move with the data. The
            cache stays shared, for it holds nothing about the user.
    """
    if data_dir is None:
        return Paths(
            data=_DIRS.user_data_path,
            cache=_DIRS.user_cache_path,
            config=_DIRS.user_config_path,
            state=_DIRS.user_state_path,
        )
    root = data_dir.expanduser().absolute()
    return Paths(
        data=root, cache=_DIRS.user_cache_path, config=root / "config", state=root / "state"
    )


def named(path: Path) -> Path:
    """A path as somebody wrote it, the home directory in place of `~`.

    Raises:
        ValueError: there is no such user, or no file can have that name.
    """
    try:
        if b"\0" in os.fsencode(path):
            raise ValueError("a null byte")
        return path.expanduser()
    except (RuntimeError, ValueError):
        raise ValueError("a path that this system can have") from None


def make_private(directory: Path) -> Path:
    """Create a directory (and its parents) for the owner alone, or narrow an existing one.

    Raises:
        OSError: it cannot be created, or belongs to somebody else.
    """
    with private_umask():
        directory.mkdir(parents=True, exist_ok=True, mode=DIRECTORY_MODE)
    if is_shared(directory):
        directory.chmod(DIRECTORY_MODE)
    return directory


def write_private(path: Path, content: bytes) -> None:
    """Replace a file in one step; at no moment is it half written or readable by others."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def is_shared(path: Path) -> bool:
    """Whether group or others have any right to the path."""
    return bool(stat.S_IMODE(path.stat().st_mode) & PRIVATE_UMASK)


@contextlib.contextmanager
def private_umask() -> Iterator[None]:
    """Files that libraries create inside are 0600 and their directories 0700.

    The umask belongs to the process: enter it once at start, before other threads run.
    """
    before = os.umask(PRIVATE_UMASK)
    try:
        yield
    finally:
        os.umask(before)
