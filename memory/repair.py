"""The least that makes a damaged store usable again.

Every damaged file is first copied to `damaged-<n>` (`memory.damage`), what can be read of it goes
into a sound file, and what cannot is named. The ledger decides what is forgotten, so a lost request
is always named; vectors of targets and weight edits are computed from it again at the next start.
Nothing here is done without the owner's consent, which is the caller's to get.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from memory.chroma import BATCH
from memory.chroma_rows import LiveRow, live_rows
from memory.damage import remove, replace_database, set_aside, with_side_files
from memory.directory import DataDirectory
from memory.errors import KeyFault, StoreCorrupt, UnknownRequest
from memory.generations import Generations, newest_number
from memory.memories import Memories
from memory.request import FORGOTTEN, UNFINISHED
from memory.salvage import copy_rows, readable
from memory.soundness import CHECKPOINTS, CHROMA, LEDGER, TABLES, Closable, Opening
from memory.targets import TargetStore
from memory.vectors import VectorStore


class Mended(NamedTuple):
    """What was done to a store in one line; `lost` are ids of requests that cannot be read."""

    line: str
    lost: list[str]


def mend(directory: DataDirectory, store: str, opening: Opening) -> Mended:
    """Mend one store that `soundness.troubles` named; safe to run again after a crash.

    Raises:
        MemoryFault: no room, or no right to write; the damaged file is still where it was.
    """
    mends = {LEDGER: mend_ledger, CHECKPOINTS: mend_checkpoints, CHROMA: mend_chroma}
    return mends[store](directory, opening)


def mend_ledger(directory: DataDirectory, opening: Opening) -> Mended:
    """Keep every request whose record can be read; the others are named."""
    path = directory.ledger
    aside = set_aside(directory.path, with_side_files(path))
    fresh = _copied(path, opening.ledger)
    known = set(range(1, _last_number(path, directory, opening) + 1))
    kept = {number for number in known if _request_is_whole(fresh, number, opening)}
    lost = sorted(known - kept)
    with closing(sqlite3.connect(fresh)) as connection, connection:
        connection.executemany("DELETE FROM requests WHERE number = ?", [(n,) for n in lost])
        connection.execute("DELETE FROM sqlite_sequence WHERE name = 'requests'")
        connection.execute(
            "INSERT INTO sqlite_sequence (name, seq) VALUES ('requests', ?)",
            (max(known, default=0),),
        )
    replace_database(fresh, path)
    line = f"{LEDGER}: {len(kept)} of {len(known)} requests kept; the old file is in {aside.name!r}"
    return Mended(line, [f"r{number}" for number in lost])


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

    Memories that a request has removed stay removed, whatever the damaged files say.
    """
    root = directory.chroma
    aside = set_aside(directory.path, [root])
    rows, broken = _memories_in(root)
    removed = _removed(directory, opening)
    rows = [row for row in rows if row.id not in removed]
    _begin_anew(root)
    with closing(opening.vectors(root)) as store:
        _put(store, rows)
        memories = opening.memories(store)
        whole, unreadable = _readable(memories, rows)
        memories.restore(whole)
        if unreadable:
            memories.remove(unreadable)
    lost = broken + len(unreadable)
    gone = f", {lost} lost" if lost else ""
    line = (
        f"{CHROMA}: {len(whole)} memories kept{gone}; the old files are in {aside.name!r}; the"
        " guard's vectors are made again from the ledger at the next start"
    )
    return Mended(line, [])


def _copied(path: Path, open_store: Callable[[Path], Closable]) -> Path:
    """A sound file beside a damaged one, with every row of it that can be read."""
    fresh = path.with_name(path.name + ".new")
    for old in with_side_files(fresh):
        remove(old)
    open_store(fresh).close()
    copy_rows(path, fresh, TABLES[path.name])
    return fresh


def _last_number(path: Path, directory: DataDirectory, opening: Opening) -> int:
    """The highest number a request ever had, as far as anything still tells."""
    found = readable(path, ("requests", "sqlite_sequence"))
    numbers = [*found["requests"].rows, *(row[1] for row in found["sqlite_sequence"].rows.values())]
    numbers += [int(one[1:]) for one in _guarded(directory, opening) if one[1:].isdecimal()]
    return max((number for number in numbers if isinstance(number, int)), default=0)


def _guarded(directory: DataDirectory, opening: Opening) -> list[str]:
    """Ids of the requests whose targets have vectors."""
    if not directory.chroma.exists():
        return []
    try:
        with closing(opening.vectors(directory.chroma)) as store:
            return list(TargetStore(store).all())
    except StoreCorrupt:
        return []


def _request_is_whole(path: Path, number: int, opening: Opening) -> bool:
    with closing(opening.ledger(path)) as ledger:
        try:
            ledger.get(f"r{number}")
        except KeyFault:
            raise
        except (StoreCorrupt, UnknownRequest):
            return False
        return True


def _memories_in(root: Path) -> tuple[list[LiveRow], int]:
    """The rows of the live generation; where it is not named, of the one that has the most.

    A copy that was being written has at most as many as the one it was made from.
    """
    try:
        folders = [Generations(root).live]
    except StoreCorrupt:
        folders = [path for path in root.glob("g*") if path.is_dir()] if root.is_dir() else []
    found = [live_rows(folder, "memories") for folder in folders]
    return max(found, key=lambda each: len(each[0]), default=([], 0))


def _removed(directory: DataDirectory, opening: Opening) -> set[str]:
    """Ids of the memories that standing requests have taken away."""
    with closing(opening.ledger(directory.ledger)) as ledger:
        records = ledger.records(FORGOTTEN | UNFINISHED)
    return {memory["id"] for record in records for memory in record["purged"] or []}


def _begin_anew(root: Path) -> None:
    """An empty live generation; all others go when the store is opened."""
    for one in (root / "current", root):
        if one.is_dir() != (one == root):
            remove(one)
    Generations(root).begin_after(newest_number(root))


def _put(store: VectorStore, rows: list[LiveRow]) -> None:
    """Put rows back as they were kept, under vectors that stand in for theirs."""
    if not rows:
        return
    vector = store.embed(["memory"])[0]
    with store.collection("memories") as present:
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            present.upsert(
                ids=[row.id for row in batch], documents=[row.document for row in batch],
                metadatas=[row.metadata for row in batch], embeddings=[vector] * len(batch),
            )


def _readable(
    memories: Memories, rows: list[LiveRow]
) -> tuple[list[dict[str, object]], list[str]]:
    """The memories that can be read, and the ids of those that cannot."""
    try:
        return memories.rows([row.id for row in rows]), []
    except (StoreCorrupt, KeyError):
        each = {row.id: list(_one(memories, row.id)) for row in rows}
        whole = [found[0] for found in each.values() if found]
        return whole, [name for name, found in each.items() if not found]


def _one(memories: Memories, memory_id: str) -> Iterator[dict[str, object]]:
    try:
        yield from memories.rows([memory_id])
    except (StoreCorrupt, KeyError):
        return
