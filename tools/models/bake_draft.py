"""A file that appears whole or not at all.

While it is written it has no name (Linux: `O_TMPFILE`), so that whatever ends the process, a kill
too, leaves nothing behind. File systems without nameless files get a hidden one beside the target,
removed on any way out but a kill; the next draft of the same target replaces it. What is written
is not known here.
"""

import errno
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.errors import BakeError

UNSUPPORTED = {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT}
"""How systems say that they know no nameless files."""


class Draft:
    """A new file for `target`, open for writing as `file`; use it as a context manager.

    Args:
        overwrite: replace a file that is there; else that is refused.
        mode: permissions of the finished file.

    Raises:
        BakeError: the target cannot be a new file.
        OSError: its folder cannot be written.
    """

    def __init__(self, target: Path, *, overwrite: bool = False, mode: int = 0o600) -> None:
        self.target, self.overwrite, self.mode = target, overwrite, mode
        _check(target, overwrite)
        self._hidden = target.with_name(f".{target.name}.unfinished")
        descriptor = _nameless(target.parent)
        self._named = descriptor is None
        if descriptor is None:
            flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
            descriptor = os.open(self._hidden, flags, 0o600)
        self.file = os.fdopen(descriptor, "w+b")

    @property
    def path(self) -> Path:
        """Where the unfinished file can be read."""
        return self._hidden if self._named else Path(f"/proc/self/fd/{self.file.fileno()}")

    def restart(self) -> None:
        """Throw away what was written."""
        self.file.seek(0)
        self.file.truncate()

    def need(self, size: int) -> None:
        """Make sure that `size` bytes will fit.

        Raises:
            BakeError: the disk is too full; the message names both sizes.
        """
        free = shutil.disk_usage(self.target.parent).free
        if free < size:
            raise BakeError(
                f"the disk of {str(self.target)!r} has {free // 2**20:,} MiB free;"
                f" {size // 2**20:,} MiB are needed"
            )

    def publish(self) -> None:
        """Give the file its name; durable when it returns.

        Raises:
            BakeError: meanwhile another file has taken the name.
        """
        self.file.flush()
        os.fchmod(self.file.fileno(), self.mode)
        os.fsync(self.file.fileno())
        try:
            self._name()
        except FileExistsError:
            raise _taken(self.target) from None
        _sync_folder(self.target.parent)

    def _name(self) -> None:
        if not self.overwrite and self.target.exists():
            raise FileExistsError
        if self._named:
            self._hidden.replace(self.target)
        elif not self.overwrite:
            self._link(self.target)
        else:
            self._hidden.unlink(missing_ok=True)
            self._link(self._hidden)
            self._hidden.replace(self.target)

    def _link(self, name: Path) -> None:
        descriptor = self.file.fileno()  # given as a folder too, for only then links are followed
        os.link(self.path, name, src_dir_fd=descriptor, follow_symlinks=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.file.close()
        self._hidden.unlink(missing_ok=True)


def _check(target: Path, overwrite: bool) -> None:
    if target.is_dir():
        raise BakeError(f"{str(target)!r} is a directory; name the file to write")
    if not target.parent.is_dir():
        raise BakeError(f"there is no directory {str(target.parent)!r} to write into")
    if target.exists() and not overwrite:
        raise _taken(target)


def _taken(target: Path) -> BakeError:
    return BakeError(f"{str(target)!r} exists already; name another file, or add --force")


def _nameless(folder: Path) -> int | None:
    """A file without a name in the folder, None where there are none of that kind."""
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None:
        return None
    try:
        return os.open(folder, flag | os.O_RDWR, 0o600)
    except OSError as error:
        if error.errno in UNSUPPORTED:
            return None
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
