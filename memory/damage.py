"""Damaged files, out of the way: `damaged-1`, `damaged-2`, ... inside the data directory.

A repair never overwrites what it could not read: the file is first copied here, durably. What lies
here is no longer in use, and is not purged either; it goes only when its owner says so.
"""

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from memory.files import make_private, readable_errors, remove_tree, sync_folder, sync_tree

_NAME = re.compile(r"damaged-(\d+)")
_SIDE_FILES = ("-journal", "-wal", "-shm")


def kept_aside(root: Path) -> list[Path]:
    """The folders of earlier repairs, oldest first."""
    found = [path for path in root.iterdir() if _NAME.fullmatch(path.name)] if root.is_dir() else []
    return sorted(found, key=_number)


def set_aside(root: Path, paths: Iterable[Path]) -> Path:
    """Copy files and folders into a new `damaged-<n>`, readable by the owner only; the folder.

    Raises:
        DiskFull, DirectoryNotWritable: nothing was touched.
    """
    folder = root / f"damaged-{max(map(_number, kept_aside(root)), default=0) + 1}"
    make_private(folder)
    with readable_errors(folder):
        for path in paths:
            if path.is_dir():
                shutil.copytree(path, folder / path.name)
            elif path.exists():
                shutil.copyfile(path, folder / path.name)
        sync_tree(folder)
        sync_folder(root)
    return folder


def drop_kept_aside(root: Path) -> list[str]:
    """Erase what repairs have set aside; the names of the folders that went."""
    folders = kept_aside(root)
    for folder in folders:
        remove_tree(folder)
    return [folder.name for folder in folders]


def remove(path: Path) -> None:
    """Remove a file or a whole folder; one that is gone already is fine."""
    if path.is_dir():
        remove_tree(path)
    else:
        with readable_errors(path):
            path.unlink(missing_ok=True)


def with_side_files(path: Path) -> list[Path]:
    """A database and those of its journals that are there."""
    beside = [path.with_name(path.name + suffix) for suffix in _SIDE_FILES]
    return [one for one in (path, *beside) if one.exists()]


def replace_database(fresh: Path, path: Path) -> None:
    """Put a sound, closed database where a damaged one is; at no moment is there none."""
    with readable_errors(path):
        for one in with_side_files(path):
            if one != path or one.is_dir():
                remove(one)
        descriptor = os.open(fresh, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        fresh.replace(path)
        sync_folder(path.parent)


def _number(folder: Path) -> int:
    return int(folder.name.removeprefix("damaged-"))
