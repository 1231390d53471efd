"""Which stores are damaged: every page, every column, and every record read once.

The stores are opened the way a session opens them. A store that is gone counts as damaged where
another, made after it, is there: the ledger is the first to be made, then the vectors, then the
receipts and the conversations. Who looks has the key: without it every store would seem damaged.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from memory.checkpoints import Checkpoints
from memory.directory import DataDirectory
from memory.errors import DirectoryNotWritable, StoreCorrupt
from memory.generations import Generations
from memory.ledger import Ledger
from memory.memories import Memories
from memory.private import blank
from memory.receipts import ReceiptBook
from memory.retention import rule_in
from memory.sqlite import connect, readable_errors
from memory.targets import TargetStore
from memory.vectors import COLLECTIONS, VectorStore

LEDGER, CHECKPOINTS, CHROMA = "ledger.sqlite3", "checkpoints.sqlite3", "chroma"
RECEIPTS, RETENTION = "receipts.sqlite3", "retention"
TABLES = {LEDGER: ("requests",), CHECKPOINTS: ("closed", "checkpoints", "writes")}
"""What each database holds of the user's, but for the receipts, which check themselves."""
CHROMA_FILE = "chroma.sqlite3"
_NOWHERE = Path(":memory:")


class Closable(Protocol):
    """A store, as far as it is closed again."""

    def close(self) -> None: ...


Store_co = TypeVar("Store_co", bound=Closable, covariant=True)


class Opens(Protocol[Store_co]):
    """Opens a store in a file, by the one way or by another."""

    def __call__(
        self, path: Path, *, connect: Callable[[Path], sqlite3.Connection] = ...
    ) -> Store_co: ...


class Opening(NamedTuple):
    """How the stores are opened: the composition root's way, with the seal and all they need."""

    ledger: Opens[Ledger]
    checkpoints: Opens[Checkpoints]
    receipts: Opens[ReceiptBook]
    vectors: Callable[[Path], VectorStore]


class Trouble(NamedTuple):
    """A store that is damaged: its name in the directory, and what is wrong in one line."""

    store: str
    detail: str


def require_whole(directory: DataDirectory) -> None:
    """Refuse a directory of which a part is gone; a look at the files, for every start.

    Without this a lost ledger would begin as an empty one, and nothing would be forgotten.

    Raises:
        StoreCorrupt: a store is missing or empty though one made after it is there.
    """
    later = directory.checkpoints.exists()
    if (later or directory.chroma.exists()) and not _has_content(directory.ledger):
        raise _gone(directory.ledger)
    if later and not directory.chroma.exists():
        raise _gone(directory.chroma)
    if later and not _has_content(directory.receipts):
        raise _gone(directory.receipts)
    if (directory.chroma / "current").exists():
        live = Generations(directory.chroma).live
        if any(one.is_dir() for one in live.iterdir()) and not _has_content(live / CHROMA_FILE):
            raise _gone(live / CHROMA_FILE)


def troubles(directory: DataDirectory, opening: Opening) -> list[Trouble]:
    """The damaged stores of a directory that is held; nothing is changed but by their opening.

    Raises:
        MemoryFault: what is no damage, such as a full disk.
    """
    looks = {
        LEDGER: lambda: _look_at_ledger(directory, opening),
        RECEIPTS: lambda: _look_at_receipts(directory, opening),
        RETENTION: lambda: _look_at_retention(directory),
        CHECKPOINTS: lambda: _look_at_checkpoints(directory, opening),
        CHROMA: lambda: _look_at_chroma(directory, opening),
    }
    found = ((store, _damage(look)) for store, look in looks.items())
    return [Trouble(store, detail) for store, detail in found if detail]


def _damage(look: Callable[[], None]) -> str:
    try:
        look()
    except (StoreCorrupt, DirectoryNotWritable) as error:
        return " ".join(str(error).split())
    return ""


def _look_at_ledger(directory: DataDirectory, opening: Opening) -> None:
    path = directory.ledger
    if (directory.checkpoints.exists() or directory.chroma.exists()) and not _has_content(path):
        raise _gone(path)
    if path.exists():
        _require_sound(path, LEDGER, opening.ledger)
        with closing(opening.ledger(path)) as ledger:
            ledger.records()


def _look_at_receipts(directory: DataDirectory, opening: Opening) -> None:
    path = directory.receipts
    if not _has_content(path):
        if directory.checkpoints.exists():
            raise _gone(path)
        return
    with closing(opening.receipts(path)) as book:
        if fault := book.read().fault:
            raise StoreCorrupt(f"{str(path)!r}: {fault.line}")


def _look_at_retention(directory: DataDirectory) -> None:
    rule_in(directory.retention)


def _look_at_checkpoints(directory: DataDirectory, opening: Opening) -> None:
    path = directory.checkpoints
    if not path.exists() or not path.stat().st_size:
        _require_unused(directory, path, opening)
        return
    _require_sound(path, CHECKPOINTS, opening.checkpoints)
    with closing(opening.checkpoints(path)) as checkpoints:
        if broken := checkpoints.damaged():
            raise StoreCorrupt(f"{str(path)!r}: {len(broken)} conversations cannot be read")


def _look_at_chroma(directory: DataDirectory, opening: Opening) -> None:
    path = directory.chroma
    if not path.exists():
        _require_unused(directory, path, opening)
        return
    file = Generations(path).live / CHROMA_FILE
    if not _has_content(file):
        if any(one.is_dir() for one in file.parent.iterdir()):
            raise _gone(file)
        return  # Chroma begins it at the first use
    connect(file).close()
    with closing(opening.vectors(path)) as store:
        Memories(store).all()
        TargetStore(store).all()
        for name in COLLECTIONS:
            with store.collection(name) as rows:
                _ask_the_index(rows)


def _ask_the_index(rows: Any) -> None:
    """Look a stored vector up, so that the index file is read too."""
    first = rows.get(limit=1, include=["embeddings"])
    if first["ids"]:
        rows.query(query_embeddings=first["embeddings"], n_results=1)


def _require_unused(directory: DataDirectory, path: Path, opening: Opening) -> None:
    """A store may be missing only where no request was ever made.

    Raises:
        StoreCorrupt: there are requests.
    """
    if directory.ledger.exists() and _highest(directory, opening):
        raise _gone(path)


def _highest(directory: DataDirectory, opening: Opening) -> int:
    try:
        with closing(opening.ledger(directory.ledger)) as ledger:
            return len(ledger.rows())
    except StoreCorrupt:
        return 0


def _require_sound(path: Path, store: str, open_store: Opens[Closable]) -> None:
    """Every page, and the columns that this version writes.

    Raises:
        StoreCorrupt: a page is damaged, or the tables are another version's.
    """
    with closing(connect(path)) as connection, readable_errors(path):
        damage = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if damage != "ok":
            raise StoreCorrupt(f"{str(path)!r} is damaged: {damage.splitlines()[-1]}")
        if path.stat().st_size and _shape(connection, store) != _wanted(store, open_store):
            raise StoreCorrupt(f"{str(path)!r} was written by another version of Lethe")


def _wanted(store: str, open_store: Opens[Closable]) -> list[str]:
    connection = blank(Path())
    with closing(open_store(_NOWHERE, connect=lambda _path: connection)):
        return _shape(connection, store)


def _shape(connection: sqlite3.Connection, store: str) -> list[str]:
    return [
        f"{table}.{column[1]}" for table in TABLES[store]
        for column in connection.execute(f"PRAGMA table_info({table})")
    ]


def _has_content(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _gone(path: Path) -> StoreCorrupt:
    return StoreCorrupt(f"{str(path)!r} is missing or empty, though this directory was in use")
