"""Forgetting everything: the key first, then every file.

Once the key is gone nothing that was sealed can be read, whatever becomes of the files, so a crash
in between has no half state. What was never Lethe's stays.
"""

from pathlib import Path

from memory.directory import LAYOUT, store_of
from memory.files import readable_errors, remove_tree, sync_folder
from memory.key import KeyFile

KEPT = frozenset({"lock", "holder", "version", "config"})
"""What holds nothing of what was told: the lock that is being held, and the user's settings."""


def doomed(directory: Path) -> list[Path]:
    """What `shred` would remove from a data directory beside the key, in order of name."""
    names = sorted(path.name for path in directory.iterdir())
    return [directory / name for name in names if (store_of(name) or "lock") not in KEPT]


def shred(directory: Path, key: KeyFile) -> list[Path]:
    """Destroy the key and remove every store of a directory that this process holds.

    Returns what was removed. Runs also where the key is gone already.

    Raises:
        DirectoryNotWritable: something could not be removed; run it again.
    """
    assert set(LAYOUT) >= KEPT
    key.destroy()
    paths = doomed(directory)
    for path in paths:
        if path.is_dir():
            remove_tree(path)
        else:
            with readable_errors(path):
                path.unlink()
    sync_folder(directory)
    return paths
