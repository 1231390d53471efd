"""The ledger of requests: every step of every request, on the disk before it is taken.

One SQLite file with a rollback journal, so that no log beside it keeps old text. The ledger holds
what undoing needs: purged memories stay in their request's record until the request is restored
or baked, and only then leave the file's bytes too.
"""

import json
import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from memory.errors import IllegalTransition, StoreCorrupt, TextEmpty, UnknownRequest
from memory.ledger_check import check_rows, is_whole, refuse_remnant
from memory.request import (
    FOLLOWERS,
    FORGOTTEN,
    MEMORIES_DROPPED,
    UNFINISHED,
    Record,
    RequestRow,
    RequestState,
    row_of,
)
from memory.resemblance import best_matches
from memory.sqlite import connect, finish_scrub, readable_errors, scrub, scrub_later, transaction
from memory.text import normalise, storable

_TABLE = """
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    subject TEXT NOT NULL, aliases TEXT NOT NULL, scope TEXT NOT NULL, method TEXT NOT NULL,
    state TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL, thread_id TEXT NOT NULL,
    plan TEXT NOT NULL, findings TEXT NOT NULL, purged TEXT NOT NULL, measured TEXT NOT NULL,
    seconds REAL
)
"""
_JSON_COLUMNS = frozenset({"aliases", "plan", "findings", "purged", "measured"})
_WRITABLE = frozenset(
    {"subject", "aliases", "method", "plan", "findings", "purged", "measured", "seconds"}
)


class Ledger:
    """Requests on the disk; safe to use from several threads of one process.

    Args:
        path: the SQLite file, created when missing.

    Raises:
        StoreCorrupt: the file is damaged or not a ledger.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        refuse_remnant(path)
        self._connection = connect(path)
        with self._work():
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA journal_mode=DELETE")
            self._connection.execute(_TABLE)
            check_rows(self._connection, path)
            finish_scrub(self._connection)

    def propose(
        self, plan: Mapping[str, Any], *, findings: Mapping[str, Any] | None, thread_id: str
    ) -> str:
        """Write down a new request and return its id: `r` and a number never used before.

        The plan names `subject`, `aliases`, `scope` and `method`; its `request_id` is filled in.

        Raises:
            TextEmpty: there is no subject.
        """
        if not normalise(plan["subject"]):
            raise TextEmpty(f"nothing to forget in {plan['subject']!r}; expected a subject")
        now = _now()
        columns = {
            **{name: plan[name] for name in ("subject", "aliases", "scope", "method")},
            "state": "proposed", "created": now, "updated": now, "thread_id": thread_id,
            "plan": {}, "findings": findings, "purged": None, "measured": None, "seconds": None,
        }
        with self._work(), transaction(self._connection):
            request_id = f"r{self._insert(columns)}"
            self._update(request_id, {"plan": {**plan, "request_id": request_id}})
        return request_id

    def get(self, request_id: str) -> Record:
        """All that is held of a request.

        Raises:
            UnknownRequest: there is none of this id.
        """
        with self._work():
            row = self._connection.execute(
                "SELECT * FROM requests WHERE number = ?", (_number(request_id),)
            ).fetchone()
        if row is None:
            raise UnknownRequest(f"no request {request_id!r}; see the list of requests")
        return self._record(row)

    def records(self, states: Collection[RequestState] | None = None) -> list[Record]:
        """All requests, or those in some states, newest first."""
        with self._work():
            rows = self._connection.execute("SELECT * FROM requests ORDER BY number DESC")
            found = [self._record(row) for row in rows]
        return [record for record in found if states is None or record["state"] in states]

    def rows(self) -> list[RequestRow]:
        """All requests as listed, newest first."""
        return [row_of(record) for record in self.records()]

    def forgotten(self) -> list[Record]:
        """Requests whose edit must be plugged and whose guard must stand, newest first."""
        return self.records(FORGOTTEN)

    def unfinished(self) -> list[Record]:
        """Requests that a crash left between consent and their end, newest first."""
        return self.records(UNFINISHED)

    def find(
        self, text: str, states: Collection[RequestState] | None = None
    ) -> list[RequestRow]:
        """Requests meant by an id, a subject, an alias, a part of one, or a misspelling.

        Only the best kind of match counts, newest first: an exact name hides its near misses.
        """
        return [row_of(record) for record in best_matches(text, self.records(states))]

    def advance(self, request_id: str, state: RequestState, **fields: Any) -> None:
        """Take a step and write fields of the record, in one durable act; repeatable.

        A request that is restored, baked or declined gives up its purged memories: their bytes
        leave the file.

        Raises:
            UnknownRequest: there is no such request.
            IllegalTransition: that state cannot follow the present one.
        """
        _check_fields(fields)
        with self._work():
            with transaction(self._connection):
                record = self.get(request_id)
                _check_step(record, state)
                dropped = state in MEMORIES_DROPPED and record["purged"] is not None
                self._update(request_id, {"state": state, **fields, **_emptied(dropped)})
                if dropped:
                    scrub_later(self._connection)
            if dropped:
                scrub(self._connection)

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _work(self) -> Iterator[None]:
        with self._lock, readable_errors(self._path):
            yield

    def _insert(self, columns: dict[str, Any]) -> int:
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        cursor = self._connection.execute(
            f"INSERT INTO requests ({names}) VALUES ({marks})",  # noqa: S608 - our own names  # nosec B608
            _values(columns),
        )
        return int(cursor.lastrowid or 0)

    def _update(self, request_id: str, columns: dict[str, Any]) -> None:
        columns = {**columns, "updated": _now()}
        names = ", ".join(f"{name} = ?" for name in columns)
        self._connection.execute(
            f"UPDATE requests SET {names} WHERE number = ?",  # noqa: S608 - our own names  # nosec B608
            (*_values(columns), _number(request_id)),
        )

    def _record(self, row: sqlite3.Row) -> Record:
        columns = dict(row)
        number = columns.pop("number")
        try:
            columns |= {name: json.loads(columns[name]) for name in _JSON_COLUMNS}
            whole = is_whole(columns)
        except (TypeError, ValueError, LookupError, RecursionError):
            whole = False
        if not whole:
            raise StoreCorrupt(f"{str(self._path)!r}: request r{number} is damaged")
        return cast("Record", {"request_id": f"r{number}", **columns})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _number(request_id: str) -> int:
    digits = request_id.strip().lower().removeprefix("r")
    # SQLite's integers end at 2**63; no longer number was ever given out.
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else -1


def _values(columns: dict[str, Any]) -> list[Any]:
    return [_stored(name, value) for name, value in columns.items()]


def _stored(name: str, value: Any) -> Any:
    if name in _JSON_COLUMNS:
        value = json.dumps(value, ensure_ascii=False)
    return storable(value) if isinstance(value, str) else value


def _emptied(dropped: bool) -> dict[str, Any]:
    return {"purged": []} if dropped else {}


def _check_fields(fields: dict[str, Any]) -> None:
    if unknown := fields.keys() - _WRITABLE:
        raise TypeError(f"no such field of a request: {', '.join(sorted(unknown))}")


def _check_step(record: Record, state: RequestState) -> None:
    present = record["state"]
    if state != present and state not in FOLLOWERS[present]:
        allowed = ", ".join(sorted(FOLLOWERS[present])) or "nothing more"
        raise IllegalTransition(
            f"request {record['request_id']} is {present!r} and cannot become {state!r}; "
            f"it may become {allowed}"
        )
