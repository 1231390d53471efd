"""Makes the n-th write of this process fail: no room, a broken disk, or sudden death.

Counted are what makes content durable: the system's writes, syncs and renames, and SQLite's commits
and rewrites. The file system itself is the real one.
"""

import errno
import multiprocessing
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch

from tui.settings import Settings

How = Literal["ENOSPC", "EIO", "kill"]
TOLD = "Marcus Feld owes me ten euros"
SAID = (f"remember that {TOLD}", "forget everything about Marcus Feld", "restore Marcus Feld")
_SAID_BY_SQLITE = {"ENOSPC": "database or disk is full", "EIO": "disk I/O error"}


class Writes:
    """Counts writes, and lets the n-th fail."""

    def __init__(self, nth: int | None, how: How) -> None:
        self.nth, self.how, self.seen = nth, how, 0

    def fails(self) -> bool:
        self.seen += 1
        if self.seen != self.nth:
            return False
        if self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        return True

    def wrapped(self, genuine: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if self.fails():
                code = getattr(errno, self.how)
                raise OSError(code, os.strerror(code))
            return genuine(*args, **kwargs)

        return call


@contextmanager
def failing(nth: int | None, how: How) -> Iterator[Writes]:
    """Inside, the n-th write of this process fails; None: they are only counted."""
    writes = Writes(nth, how)

    class Connection(sqlite3.Connection):
        def commit(self) -> None:
            self._refuse()
            super().commit()

        def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
            if sql.startswith(("VACUUM", "PRAGMA user_version=", "PRAGMA wal_checkpoint")):
                self._refuse()
            return super().execute(sql, *given)

        @staticmethod
        def _refuse() -> None:
            if writes.fails():
                raise sqlite3.OperationalError(_SAID_BY_SQLITE[writes.how])

    genuine = sqlite3.connect

    def connect(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        return genuine(*args, factory=Connection, **kwargs)

    with (
        patch("os.write", writes.wrapped(os.write)),
        patch("os.fsync", writes.wrapped(os.fsync)),
        patch("os.replace", writes.wrapped(os.replace)),
        patch.object(Path, "replace", writes.wrapped(Path.replace)),
        patch("sqlite3.connect", connect),
    ):
        yield writes


def whole_flow(settings: Settings) -> Iterator[str]:
    """Told, forgotten, restored; yields a word after each step that was acknowledged."""
    from tui.compose import open_session

    session = open_session(settings, thread_id="flow")
    try:
        for said in SAID:
            list(session.send(said))
            if session.waiting:
                list(session.resume(True))
            yield said.split()[0]
    finally:
        session.close()


def died_at(settings: Settings, nth: int) -> list[str]:
    """The steps acknowledged by a process that was killed at its n-th write."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.agents.failing", "chromadb", "agents.session"])
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_tell, args=(settings, nth, there))
    process.start()
    there.close()
    told: list[str] = []
    try:
        while True:
            told.append(here.recv())
    except EOFError:
        process.join()
    assert process.exitcode in (0, -signal.SIGKILL), f"write {nth}: {process.exitcode}"
    return told


def _tell(settings: Settings, nth: int, there: Any) -> None:
    with failing(nth, "kill"):
        for word in whole_flow(settings):
            there.send(word)
    there.close()
