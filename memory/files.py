"""Files written so that a crash leaves the old content or the new one, and errors made readable."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from memory.errors import DirectoryNotWritable, DiskFull, StoreCorrupt

_FULL = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def readable_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusal into one line that names `path`.

    Raises:
        DiskFull: no room, or the user's quota is used up.
        DirectoryNotWritable: any other refusal.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(f"no room left on the disk of {str(path)!r}") from error
        reason = error.strerror or type(error).__name__
        raise DirectoryNotWritable(f"cannot write {str(path)!r}: {reason}") from error


def write_durably(path: Path, data: bytes) -> None:
    """Replace the file's content in one step, 0600, and wait until the disk has it."""
    fresh = path.with_name(path.name + ".new")
    with readable_errors(path):
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        fresh.replace(path)
        sync_folder(path.parent)


def read_text(path: Path) -> str | None:
    """The file's text, or None where there is none.

    Raises:
        StoreCorrupt: it is not UTF-8 text, or cannot be read at all.
    """
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise StoreCorrupt(f"cannot read {str(path)!r}: {error}") from error


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the folder's entries."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Wait until the disk has every file and folder below."""
    for root, _, names in os.walk(folder):
        for name in names:
            sync_folder(Path(root, name))
        sync_folder(Path(root))


def make_private(folder: Path) -> None:
    """Create the folder with its parents, 0700."""
    with readable_errors(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def remove_tree(folder: Path) -> None:
    """Remove a folder with all it holds; one that is gone already is fine."""
    with readable_errors(folder):
        shutil.rmtree(folder, ignore_errors=not folder.exists())
