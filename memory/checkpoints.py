"""LangGraph's checkpoints on the disk: kept for resuming, and purged when told to forget.

LangGraph saves the whole state after every step, so one sentence lies in many rows, and its
deletions leave it in free pages and in the log. A purge therefore keeps at most the newest state
of a thread, without the exchanges that mention the term, and scrubs the file.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict, cast

from memory.checkpoint_rows import CheckpointRows, SavedState, Serde
from memory.errors import PurgeIncomplete, StoreCorrupt
from memory.redaction import MESSAGES, redact, without
from memory.sealing import Seal
from memory.sqlite import (
    connect,
    empty_log,
    finish_scrub,
    readable_errors,
    scrub,
    scrub_later,
    transaction,
)
from memory.text import Mentions

if TYPE_CHECKING:
    from langgraph.checkpoint.sqlite import SqliteSaver

_SEALED, _PLACE = "lethe", "checkpoints"
_TITLE = 60
"""Characters of a thread's first user turn that serve as its title."""


class Thread(TypedDict):
    """A saved conversation, for choosing one to resume; `updated` is UTC, ISO 8601."""

    thread_id: str
    title: str
    updated: str


class Purged(NamedTuple):
    """What a purge removed, counted by reading before and after."""

    threads: int
    messages: int
    checkpoints: int


class Checkpoints:
    """The saved threads; `saver` is what a graph is compiled with.

    Args:
        path: the SQLite file, created when missing.
        seal: what states are sealed with; ids, times and the names of channels are not.
        connect: what opens it.

    Raises:
        StoreCorrupt: the file is damaged.
    """

    def __init__(
        self, path: Path, seal: Seal, *, connect: Callable[[Path], sqlite3.Connection] = connect
    ) -> None:
        self._path = path
        self._connection: sqlite3.Connection = connect(path)
        self.saver = _saver(self._connection, path, seal)
        self._rows = CheckpointRows(self._connection, cast("Serde", self.saver.serde), str(path))
        with readable_errors(path):
            self.saver.setup()
            self._rows.refuse_late_writers()
            finish_scrub(self._connection)

    def threads(self) -> list[Thread]:
        """Saved threads, newest first."""
        with self._work():
            states = [self._rows.newest(thread_id)[0] for thread_id in self._rows.threads()]
        return sorted(map(_thread, states), key=lambda thread: thread["updated"], reverse=True)

    def damaged(self) -> list[str]:
        """Threads of which something cannot be read."""
        with self._work():
            return sorted(self._rows.damaged())

    def trim(self, thread_id: str) -> int:
        """Keep a thread's newest state only; returns how many older ones went.

        For the end of a turn: older states hold what the newest one has dropped since.
        """
        with self._work():
            before = self._rows.count()
            with transaction(self._connection):
                for state in self._rows.newest(thread_id):
                    self._rows.drop_older(state)
            empty_log(self._connection)
            return before - self._rows.count()

    def forget_thread(self, *thread_ids: str, for_good: bool = True) -> int:
        """Remove threads with every byte of them; returns how many saved states went.

        Nothing more is ever saved under their ids, so that a run still under way cannot bring one
        back, unless the thread is to go on, empty (`for_good=False`).
        """
        with self._work():
            before = self._rows.count()
            with self._purging():
                for thread_id in thread_ids:
                    self._rows.drop(thread_id)
                    if for_good:
                        self._rows.close_thread(thread_id)
            return before - self._rows.count()

    def purge(
        self, terms: Iterable[str], skip: Collection[str] = (), said: Iterable[str] = ()
    ) -> Purged:
        """Take every mention of the terms out of all threads, and out of the file's bytes, and
        every line of what was `said`; see `Mentions`.

        A thread with a mention keeps its newest state, so that it can be resumed, without the
        exchanges that name a term and without other values that do; if it was waiting for an
        answer about a term, it no longer is. A thread of which nothing is left goes. A run in
        progress writes its own copy of the state afterwards: purge its thread again at its end,
        or `skip` it until then.

        Raises:
            PurgeIncomplete: a mention can still be read.
        """
        mentions = Mentions.of(terms, said)
        with self._work():
            touched = self._rows.mentioning(mentions).difference(skip)
            if not touched:
                return Purged(0, 0, 0)
            before = self._rows.count()
            with self._purging():
                messages = sum(self._redact(thread_id, mentions) for thread_id in sorted(touched))
            if left := self._rows.mentioning(mentions, among=touched):  # the others are as read
                raise PurgeIncomplete(f"{len(left)} saved threads still mention what was purged")
            return Purged(len(touched), messages, before - self._rows.count())

    def mentioned(self, terms: Iterable[str], said: Iterable[str] = ()) -> tuple[int, int]:
        """How many threads name one of the terms or hold what was `said`, and how many of their
        lines a purge would take out, by reading."""
        mentions = Mentions.of(terms, said)
        with self._work():
            touched = self._rows.mentioning(mentions)
            states = [state for one in touched for state in self._rows.newest(one)]
        lines = [state.channels.get(MESSAGES) or [] for state in states]
        return len(touched), sum(len(said) - len(without(said, mentions)) for said in lines)

    def lines_of(self, thread_id: str) -> int:
        """How many lines are saved of a thread; at least 1 if anything of it is."""
        with self._work():
            states = self._rows.newest(thread_id)
        lines = sum(len(state.channels.get(MESSAGES) or []) for state in states)
        return max(lines, int(bool(states)))

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        with self.saver.lock:
            self._connection.close()

    @contextmanager
    def _work(self) -> Iterator[None]:
        with self.saver.lock, readable_errors(self._path):
            yield

    @contextmanager
    def _purging(self) -> Iterator[None]:
        with transaction(self._connection):
            yield
            scrub_later(self._connection)
        scrub(self._connection)

    def _redact(self, thread_id: str, mentions: Mentions) -> int:
        states = self._rows.newest(thread_id)
        removed = [self._redact_state(state, mentions) for state in states]
        if not any(map(_alive, self._rows.newest(thread_id))):
            self._rows.drop(thread_id)
        return sum(removed)

    def _redact_state(self, state: SavedState, mentions: Mentions) -> int:
        redacted = redact(state.channels, state.pending, mentions)
        self._rows.drop_older(state)
        self._rows.replace(state, redacted.channels)
        if redacted.idle:
            self._rows.drop_pending(state)
        return redacted.messages


def _saver(connection: sqlite3.Connection, path: Path, seal: Seal) -> "SqliteSaver":
    """LangGraph's saver, sealing what it saves; its errors are readable, for a full disk is met
    in the middle of a turn."""
    from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
    from langgraph.checkpoint.sqlite import SqliteSaver

    class Sealed(EncryptedSerializer):
        def opened(self, data: tuple[str, bytes]) -> tuple[str, bytes]:
            # LangGraph takes what is not encrypted as well: anybody could put a state there.
            kind, mark, ciphername = str(data[0]).partition("+")
            if not mark:
                raise StoreCorrupt(f"a saved state of kind {kind!r} is not sealed")
            return kind, self.cipher.decrypt(ciphername, data[1])

        def loads_typed(self, data: tuple[str, bytes]) -> Any:
            return self.serde.loads_typed(self.opened(data))

    class Saver(SqliteSaver):
        @contextmanager
        def cursor(self, transaction: bool = True) -> Iterator[sqlite3.Cursor]:
            with readable_errors(path), super().cursor(transaction) as cursor:
                yield cursor

    return Saver(connection, serde=Sealed(_Cipher(seal)))


class _Cipher:
    """A seal as LangGraph's serializer wants it; the name it returns is kept with each row."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        return _SEALED, self._seal.seal(plaintext, _PLACE)

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        if ciphername != _SEALED:
            raise StoreCorrupt(f"a saved state is sealed by {ciphername!r}, not by Lethe")
        return self._seal.unseal(ciphertext, _PLACE)


def _alive(state: SavedState) -> bool:
    """Is there talk to go on with, or a step that waits?"""
    return bool(state.channels.get(MESSAGES) or state.pending)


def _thread(state: SavedState) -> Thread:
    lines = state.channels.get(MESSAGES) or []
    first = next((line["content"] for line in lines if line["role"] == "user"), "")
    title = " ".join(first.split())
    return Thread(
        thread_id=state.key[0], updated=state.checkpoint["ts"],
        title=title if len(title) <= _TITLE else title[: _TITLE - 1].rstrip() + "…",
    )
