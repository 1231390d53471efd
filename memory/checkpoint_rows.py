"""The rows of langgraph-checkpoint-sqlite 3.1, decoded: what a thread's saved states hold.

Two tables: `checkpoints`, one whole state a row, and `writes`, what steps have produced since. Ours
beside them, `closed`, has the ids of threads that were removed and must stay so.
Transactions and locks are the caller's.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple, Protocol

from memory.errors import StoreCorrupt
from memory.text import Mentions

_KEY = "thread_id = ? AND checkpoint_ns = ? AND checkpoint_id = ?"
_TABLES = ("checkpoints", "writes")
_OWN_METADATA = ("source", "step", "parents")
_STORED = (
    "SELECT thread_id, type, checkpoint, metadata FROM checkpoints{which} "
    "UNION ALL SELECT thread_id, type, value, NULL FROM writes{which}"
)
_PACKED = "msgpack"
"""The kind of value in which every text lies whole, as UTF-8."""

_Stored = tuple[str, str, bytes, bytes | None]


class Serde(Protocol):
    """LangGraph's serializer with a seal around it; `opened` takes the seal alone off."""

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]: ...

    def loads_typed(self, data: tuple[str, bytes]) -> Any: ...

    def opened(self, data: tuple[str, bytes]) -> tuple[str, bytes]: ...


class SavedState(NamedTuple):
    """One saved state: its key (thread, namespace, checkpoint), content, writes not yet applied."""

    key: tuple[str, str, str]
    checkpoint: dict[str, Any]
    metadata: dict[str, Any]
    pending: list[Any]

    @property
    def channels(self) -> dict[str, Any]:
        """The graph's state, by channel."""
        channels: dict[str, Any] = self.checkpoint["channel_values"]
        return channels


class CheckpointRows:
    """Reads and rewrites the two tables; `name` of the file is for error messages."""

    def __init__(
        self, connection: sqlite3.Connection, serde: Serde, name: str
    ) -> None:
        self._connection = connection
        self._serde = serde
        self._name = name

    def refuse_late_writers(self) -> None:
        """Make the database itself ignore whatever is saved for a closed thread."""
        self._connection.execute("CREATE TABLE IF NOT EXISTS closed (thread_id TEXT PRIMARY KEY)")
        for table in _TABLES:
            self._connection.execute(
                f"CREATE TRIGGER IF NOT EXISTS late_{table} BEFORE INSERT ON {table} "  # noqa: S608  # nosec B608
                "WHEN EXISTS (SELECT 1 FROM closed WHERE thread_id = NEW.thread_id) "
                "BEGIN SELECT RAISE(IGNORE); END"
            )

    def close_thread(self, thread_id: str) -> None:
        """Let nothing be saved under this id again."""
        self._connection.execute("INSERT OR IGNORE INTO closed VALUES (?)", (thread_id,))

    def count(self) -> int:
        """Saved states of all threads."""
        found = self._connection.execute("SELECT COUNT(*) FROM checkpoints").fetchone()[0]
        return int(found)

    def threads(self) -> list[str]:
        """Ids of all threads."""
        rows = self._connection.execute("SELECT DISTINCT thread_id FROM checkpoints")
        return [row[0] for row in rows]

    def mentioning(self, mentions: Mentions, among: Collection[str] | None = None) -> set[str]:
        """Threads with the term in any saved state or write; of all threads, or of some.

        Every one is read: what is sealed has no index to be found by. For no term none is, so
        that a damaged one keeps nothing from being removed that needs no search.
        """
        if mentions.empty:
            return set()
        return {row[0] for row in self._stored(among) if self._mentions(row, mentions)}

    def damaged(self) -> set[str]:
        """Threads with a saved state or write that cannot be decoded."""
        return {row[0] for row in self._stored() if not self._is_whole(*row)}

    def newest(self, thread_id: str) -> list[SavedState]:
        """The newest saved state of each namespace of a thread, the main one first."""
        rows = self._connection.execute(
            "SELECT checkpoint_ns, MAX(checkpoint_id), type, checkpoint, metadata "
            "FROM checkpoints WHERE thread_id = ? GROUP BY checkpoint_ns ORDER BY checkpoint_ns",
            (thread_id,),
        ).fetchall()
        return [self._state(thread_id, *row) for row in rows]

    def drop(self, thread_id: str) -> None:
        """Delete every row of a thread."""
        for table in _TABLES:
            self._connection.execute(
                f"DELETE FROM {table} WHERE thread_id = ?",  # noqa: S608 - our names  # nosec B608
                (thread_id,),
            )

    def drop_older(self, state: SavedState) -> None:
        """Delete the states of the same thread and namespace before this one, with their writes."""
        for table in _TABLES:
            self._connection.execute(
                f"DELETE FROM {table} "  # noqa: S608 - our names  # nosec B608
                "WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id <> ?",
                state.key,
            )
        self._connection.execute(
            f"UPDATE checkpoints SET parent_checkpoint_id = NULL WHERE {_KEY}",  # noqa: S608 - ours  # nosec B608
            state.key,
        )

    def drop_pending(self, state: SavedState) -> None:
        """Delete the writes not yet applied to a state."""
        self._connection.execute(f"DELETE FROM writes WHERE {_KEY}", state.key)  # noqa: S608 - ours  # nosec B608

    def replace(self, state: SavedState, channels: dict[str, Any]) -> None:
        """Write other channels into a saved state; only LangGraph's own metadata stays."""
        kind, blob = self._serde.dumps_typed({**state.checkpoint, "channel_values": channels})
        metadata = {name: state.metadata[name] for name in _OWN_METADATA if name in state.metadata}
        self._connection.execute(
            f"UPDATE checkpoints SET type = ?, checkpoint = ?, metadata = ? WHERE {_KEY}",  # noqa: S608 - ours  # nosec B608
            (kind, blob, json.dumps(metadata).encode(), *state.key),
        )

    def _state(
        self, thread_id: str, namespace: str, checkpoint_id: str, kind: str, blob: bytes,
        metadata: bytes | None,
    ) -> SavedState:
        key = (thread_id, namespace, checkpoint_id)
        writes = self._connection.execute(f"SELECT type, value FROM writes WHERE {_KEY}", key)  # noqa: S608 - ours  # nosec B608
        return SavedState(
            key, self._decode(thread_id, kind, blob), self._metadata(thread_id, metadata),
            [self._decode(thread_id, *write) for write in writes.fetchall()],
        )

    def _stored(self, among: Collection[str] | None = None) -> Iterator[_Stored]:
        """Every saved state and write, of all threads or of some."""
        if among is None:
            yield from self._connection.execute(_STORED.format(which=""))
            return
        query = _STORED.format(which=" WHERE thread_id = ?")
        for thread_id in among:
            yield from self._connection.execute(query, (thread_id, thread_id))

    def _mentions(self, row: _Stored, mentions: Mentions) -> bool:
        thread_id, kind, blob, metadata = row
        if mentions.in_value(metadata):
            return True
        return self._may_mention(thread_id, kind, blob, mentions) and mentions.in_value(
            self._decode(thread_id, kind, blob)
        )

    def _may_mention(self, thread_id: str, kind: str, blob: bytes, mentions: Mentions) -> bool:
        """Whether a value is worth being unpacked.

        This is much quicker for short ASCII values, less so for long ones, and about as slow as
        unpacking where there is any other letter.
        """
        try:
            kind, packed = self._serde.opened((kind, blob))
        except StoreCorrupt as error:
            raise self._damaged(thread_id) from error
        return kind != _PACKED or mentions.may_be_in(packed)

    def _is_whole(
        self, thread_id: str, kind: str, blob: bytes, metadata: bytes | None
    ) -> bool:
        try:
            self._decode(thread_id, kind, blob)
            self._metadata(thread_id, metadata)
        except StoreCorrupt:
            return False
        return True

    def _metadata(self, thread_id: str, raw: bytes | None) -> dict[str, Any]:
        try:
            return dict(json.loads(raw or b"{}"))
        except (ValueError, TypeError) as error:
            raise self._damaged(thread_id) from error

    def _decode(self, thread_id: str, kind: str, blob: bytes) -> Any:
        try:
            return self._serde.loads_typed((kind, blob))
        except (StoreCorrupt, ValueError, TypeError, KeyError, NotImplementedError) as error:
            raise self._damaged(thread_id) from error

    def _damaged(self, thread_id: str) -> StoreCorrupt:
        return StoreCorrupt(f"{self._name!r}: thread {thread_id!r} is damaged")
