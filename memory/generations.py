"""A folder that is replaced as a whole, in one step, whatever interrupts it.

    chroma/current     name of the live generation, replaced atomically
    chroma/g7/         the live generation
    chroma/g8/         a copy being written; nobody reads it before `current` names it
    chroma/unclean     present while the live generation may still hold removed bytes

`recover` removes every generation but the live one, so that a crash before the switch costs the
copy and a crash after it only the old folder. It knows nothing of what the folders hold.
"""

import re
from pathlib import Path

from memory.errors import StoreCorrupt
from memory.files import (
    make_private,
    read_text,
    readable_errors,
    remove_tree,
    sync_folder,
    sync_tree,
    write_durably,
)

_NAME = re.compile(r"g(\d+)")


class Generations:
    """The generations below one folder; for use by one process at a time."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._pointer = root / "current"
        self._unclean = root / "unclean"

    @property
    def live(self) -> Path:
        """Folder of the live generation.

        Raises:
            StoreCorrupt: it is not named, or not there.
        """
        name = (read_text(self._pointer) or "").strip()
        live = self._root / name
        if not _NAME.fullmatch(name) or not live.is_dir():
            raise StoreCorrupt(f"{str(self._pointer)!r} says {name!r}, which is not there")
        return live

    @property
    def unclean(self) -> bool:
        """May the live generation still hold removed bytes?"""
        return self._unclean.exists()

    def recover(self) -> None:
        """Create the first generation, or remove what a crash left beside the live one."""
        make_private(self._root)
        if not self._pointer.exists():
            self._begin()
        live = self.live
        for folder in self._folders():
            if folder != live:
                remove_tree(folder)

    def unused(self) -> Path:
        """A name for one more folder here, which `recover` removes unless it becomes live."""
        make_private(self._root)
        return self._root / f"g{_newest_number(self._root) + 1}"

    def adopt(self, folder: Path) -> None:
        """Make a finished folder the live generation, in place of damaged ones."""
        fresh = self.unused()
        with readable_errors(fresh):
            folder.rename(fresh)
        self.switch(fresh)
        self.settle()

    def mark_unclean(self) -> None:
        """Note, durably, that bytes are about to be removed."""
        write_durably(self._unclean, b"")

    def fresh(self) -> Path:
        """An empty folder for the next generation."""
        folder = self._root / f"g{_number(self.live) + 1}"
        remove_tree(folder)
        make_private(folder)
        return folder

    def switch(self, fresh: Path) -> None:
        """Make the fresh generation the live one, in one step, once the disk has all of it."""
        with readable_errors(fresh):
            sync_tree(fresh)
        write_durably(self._pointer, f"{fresh.name}\n".encode())

    def settle(self) -> None:
        """Remove all but the live generation, and the note of removed bytes with them."""
        self.recover()
        with readable_errors(self._unclean):
            self._unclean.unlink(missing_ok=True)
            sync_folder(self._root)

    def _begin(self) -> None:
        if any(entry for folder in self._folders() for entry in folder.iterdir()):
            raise StoreCorrupt(f"{str(self._pointer)!r} is missing: which folder is live?")
        first = self._root / "g1"
        make_private(first)
        self.switch(first)

    def _folders(self) -> list[Path]:
        with readable_errors(self._root):
            return sorted(path for path in self._root.iterdir() if _NAME.fullmatch(path.name))


def _newest_number(root: Path) -> int:
    """The highest number of a generation below a folder; 0 where there is none."""
    names = [path.name for path in root.iterdir()] if root.is_dir() else []
    return max((int(name[1:]) for name in names if _NAME.fullmatch(name)), default=0)


def _number(folder: Path) -> int:
    return int(folder.name.removeprefix("g"))
