"""The least that makes a damaged store usable again.

Every damaged file is first copied to `damaged-<n>` (`memory.damage`), what can be read of it goes
into a sound file, and what cannot is named. What is sealed is copied as it is, and kept only if it
opens. The ledger decides what is forgotten, so a lost request is always named; vectors of targets
and weight edits are computed from it again at the next start. Nothing here is done without the
owner's consent, which is the caller's to get.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from memory.chroma_rows import LiveRow, live_rows
from memory.damage import remove, replace_database, set_aside, with_side_files
from memory.directory import DataDirectory
from memory.errors import StoreCorrupt, UnknownRequest
from memory.generations import Generations
from memory.ledger import Ledger
from memory.ledger_check import LOST, write_off
from memory.memories import Memories
from memory.request import FORGOTTEN, UNFINISHED
from memory.salvage import copy_rows, readable
from memory.soundness import (
    CHECKPOINTS,
    CHROMA,
    LEDGER,
    RECEIPTS,
    RETENTION,
    TABLES,
    Closable,
    Opening,
    Opens,
)

_HIGHEST = 2**17
"""A number beyond it, and beyond what the file has room for, is read from damaged bytes."""


class Mended(NamedTuple):
    """What was done to a store in one line; `lost` are ids of requests that cannot be read."""

    line: str
    lost: list[str]


def mend(directory: DataDirectory, store: str, opening: Opening) -> Mended:
    """Mend one store that `soundness.troubles` named; safe to run again after a crash.

    Raises:
        MemoryFault: no room, or no right to write; the damaged file is still where it was.
    """
    return _MENDS[store](directory, opening)


def mend_ledger(directory: DataDirectory, opening: Opening) -> Mended:
    """Keep every request whose record can be read; the others are named, once."""
    path = directory.ledger
    aside = set_aside(directory.path, with_side_files(path))
    known_lost = set(readable(path, (LOST,))[LOST].rows)
    last, sure = _given(directory)
    fresh = _copied(path, opening.ledger)
    write_off(fresh, last)
    with closing(opening.ledger(fresh)) as ledger:
        held = {number for number in range(1, last + 1) if _is_whole(ledger, number)}
    lost = set(range(1, last + 1)) - held
    write_off(fresh, last, lost)
    replace_database(fresh, path)
    named = sorted(lost - known_lost)
    total = len(held) + len(named)
    more = "" if sure else ", and nothing tells any more whether there were others"
    line = f"{LEDGER}: {len(held)} of {total} requests kept{more}"
    line += f"; the old file is in {aside.name!r}"
    return Mended(line, [f"r{number}" for number in named])


def mend_receipts(directory: DataDirectory, opening: Opening) -> Mended:
    """Begin a new book, whose first receipt says so: a chain that broke cannot be whole again."""
    path = directory.receipts
    aside = set_aside(directory.path, with_side_files(path))
    fresh = _blank(path)
    with closing(opening.receipts(fresh)) as book:
        book.begin_anew(f"the book before this one was damaged; it was put into {aside.name!r}")
    replace_database(fresh, path)
    return Mended(
        f"{RECEIPTS}: a new book was begun, and says so; the old file is in {aside.name!r};"
        " receipts of what stands forgotten are written again at the next start", [],
    )


def mend_checkpoints(directory: DataDirectory, opening: Opening) -> Mended:
    """Keep every conversation that can be read."""
    path = directory.checkpoints
    aside = set_aside(directory.path, with_side_files(path))
    fresh = _copied(path, opening.checkpoints)
    with closing(opening.checkpoints(fresh)) as checkpoints:
        broken = checkpoints.damaged()
        for thread_id in broken:
            checkpoints.forget_thread(thread_id)
        kept = len(checkpoints.threads())
    replace_database(fresh, path)
    lost = f", {len(broken)} lost" if broken else ""
    line = (
        f"{CHECKPOINTS}: {kept} conversations kept{lost}; what could not be read at all is not"
        f" counted; the old file is in {aside.name!r}"
    )
    return Mended(line, [])


def mend_chroma(directory: DataDirectory, opening: Opening) -> Mended:
    """Write the live memories into a fresh folder; their vectors are computed again.

    Memories that a request has removed stay removed, whatever the damaged files say. The fresh
    folder becomes the live one when it is finished, so that a crash before costs nothing.
    """
    root = directory.chroma
    aside = set_aside(directory.path, [root])
    rows, broken = _memories_in(root)
    removed = _removed(directory, opening)
    _make_room(root)
    building = Generations(root).unused()
    remove(building)
    with closing(opening.vectors(building)) as store:
        memories = Memories(store)
        present = [memories.readable(row.id, row.metadata) for row in rows if row.id not in removed]
        whole = [memory for memory in present if memory is not None]
        memories.restore(whole)
    Generations(root).adopt(Generations(building).live)
    lost = broken + len(present) - len(whole)
    gone = f", {lost} lost" if lost else ""
    line = (
        f"{CHROMA}: {len(whole)} memories kept{gone}; the old files are in {aside.name!r}; the"
        " guard's vectors are made again from the ledger at the next start"
    )
    return Mended(line, [])


def mend_retention(directory: DataDirectory, _opening: Opening) -> Mended:
    """Let nobody's order stand where it can no longer be read: conversations are kept."""
    aside = set_aside(directory.path, [directory.retention])
    remove(directory.retention)
    return Mended(
        f"{RETENTION}: how long conversations are kept is as if it was never ordered; the old file"
        f" is in {aside.name!r}", [],
    )


_MENDS: dict[str, Callable[[DataDirectory, Opening], Mended]] = {
    LEDGER: mend_ledger, RECEIPTS: mend_receipts, RETENTION: mend_retention,
    CHECKPOINTS: mend_checkpoints, CHROMA: mend_chroma,
}


def _blank(path: Path) -> Path:
    """Where a sound file is made beside a damaged one; what a crash left there is removed."""
    fresh = path.with_name(path.name + ".new")
    for old in with_side_files(fresh):
        remove(old)
    return fresh


def _copied(path: Path, open_store: Opens[Closable]) -> Path:
    """A sound file beside a damaged one, with every row of it that can be read."""
    fresh = _blank(path)
    open_store(fresh).close()
    copy_rows(path, fresh, TABLES[path.name])
    return fresh


class _Given(NamedTuple):
    """The highest number a request ever had, as far as anything still tells; whether it is sure."""

    last: int
    sure: bool


def _given(directory: DataDirectory) -> _Given:
    path = directory.ledger
    found = readable(path, ("requests", LOST, "sqlite_sequence"))
    told = [row[1] for row in found["sqlite_sequence"].rows.values() if isinstance(row[1], int)]
    sure = bool(told)
    told += [*found["requests"].rows, *found[LOST].rows]
    elsewhere = (*_guarded(directory.chroma), *_receipted(directory.receipts))
    told += [int(one[1:]) for one in elsewhere if one[:1] == "r" and one[1:].isdecimal()]
    size = path.stat().st_size if path.is_file() else 0
    return _Given(max((each for each in told if each <= max(size, _HIGHEST)), default=0), sure)


def _guarded(root: Path) -> list[str]:
    """Ids of the requests whose targets have vectors, also where the store does not open."""
    rows = [row for folder in _generations(root) for row in live_rows(folder, "targets")[0]]
    return [str(row.metadata.get("request_id")) for row in rows]


def _receipted(path: Path) -> list[str]:
    """Ids of the requests that have receipts, also of a book that cannot be trusted."""
    found = readable(path, ("receipts",))["receipts"]
    return [str(row[found.columns.index("request_id")]) for row in found.rows.values()]


def _is_whole(ledger: Ledger, number: int) -> bool:
    try:
        ledger.get(f"r{number}")
    except (StoreCorrupt, UnknownRequest):
        return False
    return True


def _memories_in(root: Path) -> tuple[list[LiveRow], int]:
    """The rows of the live generation; where it is not named, of the one that has the most.

    A copy that was being written has at most as many as the one it was made from.
    """
    found = [live_rows(folder, "memories") for folder in _generations(root)]
    return max(found, key=lambda each: len(each[0]), default=([], 0))


def _generations(root: Path) -> list[Path]:
    """The live generation; where it is not named, all of them."""
    try:
        return [Generations(root).live]
    except StoreCorrupt:
        return [path for path in root.glob("g*") if path.is_dir()] if root.is_dir() else []


def _removed(directory: DataDirectory, opening: Opening) -> set[str]:
    """Ids of the memories that standing requests have taken away."""
    with closing(opening.ledger(directory.ledger)) as ledger:
        records = ledger.records(FORGOTTEN | UNFINISHED)
    return {memory["id"] for record in records for memory in record["purged"] or []}


def _make_room(root: Path) -> None:
    """Remove what is no folder, or no file, where one must be."""
    for one in (root / "current", root):
        if one.is_dir() != (one == root):
            remove(one)
