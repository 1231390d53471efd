"""The ledger of requests: every step of every request, on the disk before it is taken.

One SQLite file with a rollback journal, so that no log beside it keeps old text. The ledger holds
what undoing needs: purged memories stay in their request's record until the request is restored
or baked, and only then leave the file's bytes too. Numbers and states can be read by anybody who
can read the file; everything else is sealed, what a list shows apart from the rest.
"""

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from memory.errors import (
    IllegalTransition,
    SealBroken,
    StoreCorrupt,
    TextEmpty,
    UnknownRequest,
)
from memory.ledger_check import check_rows, refuse_remnant
from memory.request import (
    FOLLOWERS,
    FORGOTTEN,
    MEMORIES_DROPPED,
    UNFINISHED,
    Label,
    Record,
    RequestRow,
    RequestState,
    StoredMemory,
    held,
    row_of,
    without_texts,
)
from memory.resemblance import best_matches
from memory.sealing import Seal
from memory.sqlite import Database, connect, finish_scrub, scrub, scrub_later, transaction
from memory.text import normalise, storable

_TABLE = """
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL, label BLOB NOT NULL, body BLOB NOT NULL
)
"""
_LABEL = (
    "subject", "aliases", "scope", "method", "thread_id", "state", "created", "updated",
)
"""Fields sealed together for lists and searches; those of `_BODY` may be megabytes. The state is
in clear too, for the file to be searched by it; one that was changed there is noticed."""
_BODY = ("plan", "findings", "purged", "measured", "seconds")
_WRITABLE = frozenset({"subject", "aliases", "method", *_BODY})
_LISTED = "number, state, label"
_WHOLE = f"{_LISTED}, body"


class Ledger(Database):
    """Requests on the disk; safe to use from several threads of one process.

    Args:
        path: the SQLite file, created when missing.
        seal: what its requests are sealed with.
        connect: what opens it.

    Raises:
        StoreCorrupt: the file is damaged or not a ledger.
    """

    def __init__(
        self, path: Path, seal: Seal, *, connect: Callable[[Path], sqlite3.Connection] = connect
    ) -> None:
        refuse_remnant(path)
        super().__init__(path, connect)
        self._seal = seal
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
        fields = {
            **{name: plan[name] for name in ("subject", "aliases", "scope", "method")},
            "thread_id": thread_id, "created": _now(),
            "findings": findings, "purged": None, "measured": None, "seconds": None,
        }
        with self._work(), transaction(self._connection):
            request_id = self._insert()
            fields["plan"] = {**plan, "request_id": request_id}
            self._write(request_id, "proposed", fields)
        return request_id

    def get(self, request_id: str) -> Record:
        """All that is held of a request.

        Raises:
            UnknownRequest: there is none of this id.
        """
        with self._work():
            row = self._connection.execute(
                f"SELECT {_WHOLE} FROM requests WHERE number = ?", (_number(request_id),)  # noqa: S608  # nosec B608
            ).fetchone()
        if row is None:
            raise UnknownRequest(f"no request {request_id!r}; see the list of requests")
        return self._record(row)

    def records(self, states: Collection[RequestState] | None = None) -> list[Record]:
        """All requests, or those in some states, newest first."""
        with self._work():
            return [self._record(row) for row in self._select(_WHOLE, states)]

    def rows(self, states: Collection[RequestState] | None = None) -> list[RequestRow]:
        """All requests as listed, or those in some states, newest first."""
        return [row_of(label) for label in self._labels(states)]

    def forgotten(self) -> list[Record]:
        """Requests whose edit must be plugged and whose guard must stand, newest first."""
        return self.records(FORGOTTEN)

    def unfinished(self) -> list[Record]:
        """Requests that a crash left between consent and their end, newest first."""
        return self.records(UNFINISHED)

    def kept(self) -> list[StoredMemory]:
        """The memories whose text requests have: to undo, or because their plan showed it."""
        return [memory for record in self.records() for memory in held(record)]

    def drop_kept(self, ids: Collection[str]) -> int:
        """Leave no request the text of these memories, nor any byte of it; how many went."""
        with self._work():
            before = len(self.kept())
            with transaction(self._connection):
                for record in self.records():
                    self._drop_kept(record, ids)
                scrub_later(self._connection)
            scrub(self._connection)
            return before - len(self.kept())

    def find(
        self, text: str, states: Collection[RequestState] | None = None
    ) -> list[RequestRow]:
        """Requests meant by an id, a subject, an alias, a part of one, or a misspelling.

        Only the best kind of match counts, newest first: an exact name hides its near misses.
        """
        return [row_of(label) for label in best_matches(text, self._labels(states))]

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
                dropped = state in MEMORIES_DROPPED and bool(held(record))
                written = cast("Record", {**record, **fields})
                self._write(request_id, state, without_texts(written) if dropped else written)
                if dropped:
                    scrub_later(self._connection)
            if dropped:
                scrub(self._connection)

    def _insert(self) -> str:
        cursor = self._connection.execute(
            "INSERT INTO requests (state, label, body) VALUES ('', '', '')"
        )
        return f"r{cursor.lastrowid}"

    def _write(self, request_id: str, state: RequestState, fields: Mapping[str, Any]) -> None:
        fields = {**fields, "state": state, "updated": _now()}
        sealed = [
            self._seal.seal(_encoded({name: fields[name] for name in names}), place)
            for names, place in ((_LABEL, _label(request_id)), (_BODY, _body(request_id)))
        ]
        self._connection.execute(
            "UPDATE requests SET state = ?, label = ?, body = ? WHERE number = ?",
            (state, *sealed, _number(request_id)),
        )

    def _drop_kept(self, record: Record, ids: Collection[str]) -> None:
        if any(memory["id"] in ids for memory in held(record)):
            self._write(record["request_id"], record["state"], without_texts(record, ids))

    def _select(
        self, columns: str, states: Collection[RequestState] | None
    ) -> Iterator[sqlite3.Row]:
        which = "" if states is None else f"WHERE state IN ({', '.join('?' * len(states))})"
        return self._connection.execute(
            f"SELECT {columns} FROM requests {which} ORDER BY number DESC",  # noqa: S608 - our own names  # nosec B608
            tuple(states or ()),
        )

    def _labels(self, states: Collection[RequestState] | None) -> list[Label]:
        with self._work():
            return [self._label_of(row) for row in self._select(_LISTED, states)]

    def _label_of(self, row: sqlite3.Row) -> Label:
        request_id = f"r{row['number']}"
        label = self._unsealed(row["label"], _label(request_id), request_id)
        if label["state"] != row["state"]:
            raise self._damaged(request_id)
        return cast("Label", {"request_id": request_id, **label})

    def _record(self, row: sqlite3.Row) -> Record:
        label = self._label_of(row)
        request_id = label["request_id"]
        return cast("Record", {
            **label, **self._unsealed(row["body"], _body(request_id), request_id)
        })

    def _unsealed(self, data: bytes, place: str, request_id: str) -> dict[str, Any]:
        try:
            fields: dict[str, Any] = json.loads(self._seal.unseal(data, place))
        except (SealBroken, TypeError, ValueError) as error:
            raise self._damaged(request_id) from error
        return fields

    def _damaged(self, request_id: str) -> StoreCorrupt:
        return StoreCorrupt(f"{str(self._path)!r}: request {request_id} is damaged")


def _label(request_id: str) -> str:
    """Name of the place where what is listed of a request is sealed."""
    return f"ledger/{request_id}/label"


def _body(request_id: str) -> str:
    return f"ledger/{request_id}/body"


def _encoded(fields: Mapping[str, Any]) -> bytes:
    return storable(json.dumps(fields, ensure_ascii=False)).encode()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _number(request_id: str) -> int:
    digits = request_id.strip().lower().removeprefix("r")
    # SQLite's integers end at 2**63; no longer number was ever given out.
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else -1


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
