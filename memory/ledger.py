"""The ledger of requests: every step of every request, on the disk before it is taken.

One SQLite file with a rollback journal, so that no log beside it keeps old text. The ledger holds
what undoing needs: purged memories stay in their request's row until the request is restored or
baked, and only then leave the file's bytes too.
"""

import json
import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict, Unpack

from memory.errors import IllegalTransition, StoreCorrupt, TextEmpty, UnknownRequest
from memory.request import (
    FOLLOWERS,
    FORGOTTEN,
    MEMORIES_DROPPED,
    UNFINISHED,
    KeptMemory,
    Method,
    Request,
    RequestState,
    Scope,
)
from memory.sqlite import connect, finish_scrub, readable_errors, scrub, scrub_later, transaction
from memory.text import normalise, storable

_TABLE = """
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    subject TEXT NOT NULL, aliases TEXT NOT NULL, scope TEXT NOT NULL, method TEXT NOT NULL,
    state TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL, thread_id TEXT NOT NULL,
    plan TEXT NOT NULL, findings TEXT NOT NULL, memories TEXT NOT NULL, receipt TEXT NOT NULL
)
"""
_JSON_COLUMNS = frozenset({"aliases", "plan", "findings", "memories", "receipt"})
_NEAR_MISS = 85.0
"""Similarity, 0 to 100, from which a misspelled name still finds its request."""


class Details(TypedDict, total=False):
    """What may be written together with a step, all of it or nothing."""

    subject: str
    aliases: Sequence[str]
    scope: Scope
    method: Method
    plan: dict[str, Any]
    findings: dict[str, Any]
    receipt: dict[str, Any]


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
        self._connection = connect(path)
        with self._work():
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA journal_mode=DELETE")
            self._connection.execute(_TABLE)
            finish_scrub(self._connection)

    def propose(
        self, subject: str, *, scope: Scope, method: Method, thread_id: str,
        aliases: Sequence[str] = (),
    ) -> Request:
        """Write down a new request, `proposed`; its id is `r` and a number never used before.

        Raises:
            TextEmpty: there is no subject.
        """
        if not normalise(subject):
            raise TextEmpty(f"nothing to forget in {subject!r}; expected a subject")
        now = _now()
        columns: dict[str, Any] = {
            "subject": subject, "aliases": list(aliases), "scope": scope, "method": method,
            "state": "proposed", "created": now, "updated": now, "thread_id": thread_id,
            "plan": {}, "findings": {}, "memories": [], "receipt": None,
        }
        with self._work(), transaction(self._connection):
            number = self._insert(columns)
        return self.get(f"r{number}")

    def get(self, request_id: str) -> Request:
        """The request of this id.

        Raises:
            UnknownRequest: there is none.
        """
        number = _number(request_id)
        with self._work():
            row = self._connection.execute(
                "SELECT * FROM requests WHERE number = ?", (number,)
            ).fetchone()
        if row is None:
            raise UnknownRequest(f"no request {request_id!r}; `list` shows all")
        return self._request(row)

    def requests(self, states: Collection[RequestState] | None = None) -> list[Request]:
        """All requests, or those in some states, newest first."""
        with self._work():
            rows = self._connection.execute("SELECT * FROM requests ORDER BY number DESC")
            found = [self._request(row) for row in rows]
        return [request for request in found if states is None or request.state in states]

    def forgotten(self) -> list[Request]:
        """Requests whose edit must be plugged and whose guard must stand, newest first."""
        return self.requests(FORGOTTEN)

    def unfinished(self) -> list[Request]:
        """Requests that a crash left between consent and their end, newest first."""
        return self.requests(UNFINISHED)

    def find(self, text: str) -> list[Request]:
        """Requests meant by an id, a subject, an alias, a part of one, or a misspelling.

        Only the best kind of match is returned, newest first: an exact name hides its near misses.
        """
        wanted = normalise(text)
        known = self.requests() if wanted else []
        for matches in (_is_id, _is_name, _is_part, _is_near):
            if found := [request for request in known if matches(request, wanted)]:
                return found
        return []

    def advance(
        self, request_id: str, state: RequestState, **details: Unpack[Details]
    ) -> Request:
        """Take a step and write its details, in one durable act; repeating it is harmless.

        A request that is restored, baked or declined gives up its kept memories: their bytes
        leave the file.

        Raises:
            UnknownRequest: there is no such request.
            IllegalTransition: that state cannot follow the present one.
        """
        with self._work():
            with transaction(self._connection):
                present = self.get(request_id)
                _check_step(present, state)
                dropped = state in MEMORIES_DROPPED and bool(present.memories)
                self._update(present, {"state": state, **details, **_emptied(dropped)})
                if dropped:
                    scrub_later(self._connection)
            if dropped:
                scrub(self._connection)
            return self.get(request_id)

    def record(self, request_id: str, **details: Unpack[Details]) -> Request:
        """Write details without a step, such as a later verification's receipt."""
        with self._work():
            with transaction(self._connection):
                self._update(self.get(request_id), dict(details))
            return self.get(request_id)

    def keep_memories(self, request_id: str, memories: Sequence[KeptMemory]) -> Request:
        """Keep memories for undoing, before they are removed; repeating it does not double them."""
        with self._work():
            with transaction(self._connection):
                request = self.get(request_id)
                kept = {memory["id"]: memory for memory in (*request.memories, *memories)}
                self._update(request, {"memories": list(kept.values())})
            return self.get(request_id)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _work(self) -> Iterator[None]:
        with self._lock, readable_errors(self._path):
            yield

    def _insert(self, columns: dict[str, Any]) -> int:
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        cursor = self._connection.execute(
            f"INSERT INTO requests ({names}) VALUES ({marks})",  # noqa: S608 - our own names
            _values(columns),
        )
        return int(cursor.lastrowid or 0)

    def _update(self, request: Request, columns: dict[str, Any]) -> None:
        columns = {**columns, "updated": max(_now(), request.updated)}
        names = ", ".join(f"{name} = ?" for name in columns)
        self._connection.execute(
            f"UPDATE requests SET {names} WHERE number = ?",  # noqa: S608 - our own names
            (*_values(columns), _number(request.request_id)),
        )

    def _request(self, row: sqlite3.Row) -> Request:
        columns = dict(row)
        number = columns.pop("number")
        try:
            columns |= {name: json.loads(columns[name]) for name in _JSON_COLUMNS}
        except (TypeError, ValueError) as error:
            raise StoreCorrupt(f"{str(self._path)!r}: request r{number} is damaged") from error
        columns |= {name: tuple(columns[name]) for name in ("aliases", "memories")}
        return Request(request_id=f"r{number}", **columns)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _number(request_id: str) -> int:
    digits = request_id.strip().lower().removeprefix("r")
    # SQLite's integers end at 2**63; no longer number was ever given out.
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else -1


def _values(columns: dict[str, Any]) -> list[str]:
    return [
        storable(json.dumps(value, ensure_ascii=False) if name in _JSON_COLUMNS else value)
        for name, value in columns.items()
    ]


def _emptied(dropped: bool) -> dict[str, Any]:
    return {"memories": []} if dropped else {}


def _check_step(request: Request, state: RequestState) -> None:
    if state != request.state and state not in FOLLOWERS[request.state]:
        allowed = ", ".join(sorted(FOLLOWERS[request.state])) or "nothing more"
        raise IllegalTransition(
            f"request {request.request_id} is {request.state!r} and cannot become {state!r}; "
            f"it may become {allowed}"
        )


def _is_id(request: Request, wanted: str) -> bool:
    return request.request_id == wanted


def _is_name(request: Request, wanted: str) -> bool:
    return wanted in map(normalise, request.names)


def _is_part(request: Request, wanted: str) -> bool:
    return any(
        wanted in name or name in wanted for name in map(normalise, request.names) if name
    )


def _is_near(request: Request, wanted: str) -> bool:
    from rapidfuzz import fuzz

    return any(
        fuzz.WRatio(wanted, normalise(name)) >= _NEAR_MISS for name in request.names
    )
