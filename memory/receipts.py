"""The receipts: what was asked, found, done and measured, kept for good and in an order nobody
without the key can change.

One row a receipt. Its body is sealed; its request, time and event are not. Each row carries a hash
with the key over all of it and over the hash of the row before, so that a row that is changed,
moved or gone is noticed. How many there are and the hash of the last one, the head, are sealed in
one more row, so that the end of the book cannot be cut off either.

What cannot be noticed from inside: the whole book, head and all, replaced by an older copy of
itself, or removed. Whoever wants to notice that writes the head down elsewhere and asks later
whether the book still goes through it.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from pathlib import Path
from typing import Any, Literal, NamedTuple

from memory.errors import SealBroken, StoreCorrupt, UnknownReceipt
from memory.sealing import Seal
from memory.sqlite import Database, connect, transaction

ReceiptEvent = Literal[
    "forgotten", "restored", "verified again", "baked", "failed", "purged", "begun anew"
]
"""`purged`: memories and talk are gone and the guard stands, while the edit waits for the model it
belongs to. `begun anew`: of no request, the first one of a book that follows a damaged one."""

START = "0" * 64
"""What the first receipt follows; the head of an empty book."""

_TABLES = (
    """
    CREATE TABLE receipts (
        number INTEGER PRIMARY KEY, request_id TEXT NOT NULL, created TEXT NOT NULL,
        event TEXT NOT NULL, content TEXT NOT NULL UNIQUE, body BLOB NOT NULL,
        previous TEXT NOT NULL, digest TEXT NOT NULL
    )
    """,
    "CREATE TABLE head (number INTEGER PRIMARY KEY, sealed BLOB NOT NULL)",
)
_BY_REQUEST = "CREATE INDEX IF NOT EXISTS by_request ON receipts (request_id, number)"
"""Every start asks for the last receipt of every request."""
_HEAD = "receipts/head"


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """One receipt as it is kept; `created` is UTC, ISO 8601, to the second.

    `body` is plain JSON of the writer's shape. `digest` is the head the book had with this receipt
    as its last one: 64 hexadecimal digits.
    """

    number: int
    request_id: str
    created: str
    event: str
    body: dict[str, Any]
    digest: str


class Fault(NamedTuple):
    """The first receipt that is not as it was written, and what is wrong with it."""

    number: int
    why: str

    @property
    def line(self) -> str:
        """One line for the user."""
        return f"receipt {self.number} {self.why}"


@dataclass(frozen=True, slots=True)
class Reading:
    """The whole book, oldest first, without the receipts that are not as they were written.

    `fault` is None in a sound book. `head` is what the last receipt, or `START`, ends it with.
    """

    receipts: tuple[KeptReceipt, ...]
    fault: Fault | None

    @property
    def head(self) -> str:
        """The hash that a later look at this book can be held against: `goes_through`."""
        return self.receipts[-1].digest if self.receipts else START

    def goes_through(self, head: str) -> bool:
        """Whether the book once ended with this head."""
        return head in (START, *(receipt.digest for receipt in self.receipts))


class _Row(NamedTuple):
    """A row as it lies in the file; until it is found sound, any field may be anything."""

    number: int
    request_id: str
    created: str
    event: str
    content: str
    body: bytes
    previous: str
    digest: str


class ReceiptBook(Database):
    """Receipts on the disk; safe to use from several threads of one process.

    Args:
        path: the SQLite file, created when missing.
        seal: the key's. With another key's the book reads as a damaged one.
        connect: what opens the file.

    Raises:
        StoreCorrupt: the file is damaged or no book of receipts.
    """

    def __init__(
        self, path: Path, seal: Seal, *, connect: Callable[[Path], sqlite3.Connection] = connect
    ) -> None:
        super().__init__(path, connect)
        self._seal = seal
        with self._work():
            self._connection.execute("PRAGMA journal_mode=DELETE")
            # What is no text any more shall be found to be changed, not be unreadable.
            self._connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            self._prepare()

    def append(self, request_id: str, event: ReceiptEvent, body: Mapping[str, Any]) -> int:
        """Write a receipt and return its number; it is on the disk then.

        The same body for the same request and event is not written twice.

        Raises:
            SealBroken: the head is damaged; to write on would hide what happened to the book.
        """
        plain = _json(body)
        content = self._seal.digest(_json([request_id, event]) + plain)
        with self._work(), transaction(self._connection):
            if known := self._rows("WHERE content = ?", content):
                return known[0].number
            count, head = self._head()
            number = count + 1
            sealed = self._seal.seal(plain, _place(number))
            row = _Row(number, request_id, _now(), event, content, sealed, head, "")
            row = row._replace(digest=self._digest(row))
            self._insert(row)
            self._set_head(number, row.digest)
        return number

    def begin_anew(self, note: str) -> None:
        """Let an empty book say in its first receipt why there was another one before it."""
        self.append("", "begun anew", {"note": note})

    def read(self) -> Reading:
        """The whole book, checked from the first receipt to the head."""
        with self._work():
            rows = self._rows("ORDER BY number")
            fault = self._broken_link(rows) or self._wrong_head(rows)
        sound = (self._opened(row) for row in rows if self._sound(row))
        return Reading(tuple(sound), fault)

    def get(self, number: int) -> KeptReceipt:
        """One receipt.

        Raises:
            UnknownReceipt: there is none of this number.
            SealBroken: it was changed.
        """
        with self._work():
            rows = self._rows("WHERE number = ?", number)
        if not rows:
            raise UnknownReceipt(f"no receipt {number}; see the list of receipts")
        return self._opened(rows[0])

    def latest(self, request_id: str) -> KeptReceipt | None:
        """A request's last receipt, None where it has none.

        Raises:
            SealBroken: it was changed.
        """
        with self._work():
            rows = self._rows("WHERE request_id = ? ORDER BY number DESC LIMIT 1", request_id)
        return self._opened(rows[0]) if rows else None

    def _prepare(self) -> None:
        """Make a book of an empty file; one that lacks a table was tampered with."""
        found = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        names = {name for (name,) in found}
        if names and names != {"receipts", "head"}:
            raise StoreCorrupt(f"{str(self._path)!r} is no book of receipts, or not a whole one")
        if not names:
            with transaction(self._connection):
                for table in _TABLES:
                    self._connection.execute(table)
                self._set_head(0, START)
        self._connection.execute(_BY_REQUEST)

    def _rows(self, which: str, *values: str | int) -> list[_Row]:
        names = ", ".join(_Row._fields)
        query = f"SELECT {names} FROM receipts {which}"  # noqa: S608 - our own words  # nosec B608
        return [_Row(*row) for row in self._connection.execute(query, values)]

    def _insert(self, row: _Row) -> None:
        marks = ", ".join("?" * len(row))
        self._connection.execute(f"INSERT INTO receipts VALUES ({marks})", row)  # noqa: S608  # nosec B608

    def _set_head(self, count: int, digest: str) -> None:
        sealed = self._seal.seal(_json([count, digest]), _HEAD)
        self._connection.execute("INSERT OR REPLACE INTO head VALUES (1, ?)", (sealed,))

    def _head(self) -> tuple[int, str]:
        """How many receipts there are, and the digest of the last one.

        Raises:
            SealBroken: it is gone or was changed.
        """
        row = self._connection.execute("SELECT sealed FROM head WHERE number = 1").fetchone()
        if row is None or not isinstance(row[0], bytes):
            raise SealBroken(f"{_HEAD!r} is damaged: it is gone or was not sealed")
        count, digest = json.loads(self._seal.unseal(row[0], _HEAD))
        return count, digest

    def _broken_link(self, rows: Sequence[_Row]) -> Fault | None:
        """The first row that is not the one which was written after the row before it."""
        previous = START
        for expected, row in enumerate(rows, start=1):
            if not isinstance(row.number, int) or row.number < expected:
                return Fault(expected, "is not in its place")
            if row.number > expected:
                return Fault(expected, "is missing")
            if not self._sound(row):
                return Fault(expected, "was changed")
            if row.previous != previous:
                return Fault(expected, "does not follow the one before it")
            previous = row.digest
        return None

    def _wrong_head(self, rows: Sequence[_Row]) -> Fault | None:
        """What of a sound chain the head does not agree with."""
        try:
            count, digest = self._head()
        except SealBroken:
            return Fault(len(rows) + 1, "may be missing: the head of the book is damaged")
        if count > len(rows):
            return Fault(len(rows) + 1, "is missing")
        if count < len(rows):
            return Fault(count + 1, "is newer than the head of the book")
        if rows and digest != rows[-1].digest:
            return Fault(count, "is not the one that the head of the book knows")
        return None

    def _sound(self, row: _Row) -> bool:
        """Whether the row was written by this key's owner, as it is."""
        texts = (row.request_id, row.created, row.event, row.content, row.previous, row.digest)
        whole = isinstance(row.body, bytes) and all(isinstance(text, str) for text in texts)
        return whole and compare_digest(self._digest(row).encode(), row.digest.encode())

    def _digest(self, row: _Row) -> str:
        fields = row._replace(body=row.body.hex())._asdict()  # type: ignore[arg-type]
        del fields["digest"]
        return self._seal.digest(_json(fields))

    def _opened(self, row: _Row) -> KeptReceipt:
        if not self._sound(row):
            raise SealBroken(f"receipt {row.number} was changed")
        body = json.loads(self._seal.unseal(row.body, _place(row.number)))
        return KeptReceipt(
            row.number, row.request_id, row.created, row.event, body, row.digest
        )


def _place(number: int) -> str:
    return f"receipts/{number}"


def _json(value: object) -> bytes:
    """The one way to write a value, in ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
