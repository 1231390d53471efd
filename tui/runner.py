"""The one thread that talks to the session, so that the screen never waits for the model.

Stores and models dislike being called from several threads; here every call but `stop` comes from
the same one. It knows no widget: what happens is posted as a message.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from textual.message import Message

from agents.events import Event, WorkAdvanced
from tui.errors import UsageError, one_line
from tui.messages import (
    EventArrived,
    OpeningAdvanced,
    OpeningFailed,
    RunEnded,
    SessionOpened,
    Snapshot,
)
from tui.ports import OpenSession, SessionLike

T = TypeVar("T")
NOTHING = Snapshot("", "", None, (), ())
"""How things stand before the session is open."""

INTERVAL = 0.05
"""Seconds between two reports of the same work."""

Start = Callable[[SessionLike], Iterator[Event]]
"""Begins a run; called on the session's thread."""


class Cancelled(Exception):
    """Raised out of a progress report when the user has quit meanwhile."""


class Pace:
    """Lets progress through as often as eyes can follow.

    A busy tool reports far more often, and every report would wait in the screen's queue.
    """

    def __init__(self) -> None:
        self._stage = ""
        self._next = 0.0

    def due(self, stage: str) -> bool:
        """Whether to show this report: the first of a stage, then one in a while."""
        now = time.monotonic()
        if stage == self._stage and now < self._next:
            return False
        self._stage, self._next = stage, now + INTERVAL
        return True


class Runner:
    """Opens a session, runs its streams one after the other, and closes it."""

    def __init__(
        self, open_session: OpenSession, post: Callable[[Message], object],
        other: OpenSession | None = None,
    ) -> None:
        self._open_session, self._other = open_session, other
        self._post = post
        self._closing = threading.Event()
        self._session: SessionLike | None = None
        self._last = NOTHING
        self._pace = Pace()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="session")

    def open(self) -> None:
        """Open the session; ends in `SessionOpened` or `OpeningFailed`."""
        self._thread.submit(self._open)

    def run(self, start: Start) -> None:
        """Follow one stream of events; ends in `RunEnded`."""
        self._thread.submit(self._run, start)

    def switch(self, thread_id: str | None) -> None:
        """Continue another thread or begin one; ends in `SessionOpened` or a failed `RunEnded`."""
        self._thread.submit(self._switch, thread_id)

    def change_over(self) -> None:
        """Close the session and open the other one, private or not; ends as `open`.

        Raises:
            UsageError: there is no other.
        """
        if self._other is None:
            raise UsageError("this session cannot change; start Lethe with or without --private")
        self._open_session, self._other = self._other, self._open_session
        self._thread.submit(self._change_over)

    async def read(self, get: Callable[[SessionLike], T]) -> T:
        """Ask the session something short, from the screen's event loop."""
        future: Future[T] = self._thread.submit(lambda: get(self._opened))
        return await asyncio.wrap_future(future)

    def stop(self) -> None:
        """Stop the running answer."""
        if self._session is not None:
            self._session.stop()

    async def close(self) -> None:
        """Stop what runs, close the session and wait for its thread; safe to call twice."""
        if not self._closing.is_set():
            self._closing.set()
            self.stop()
            self._thread.submit(self._close)
        await asyncio.to_thread(self._thread.shutdown)

    @property
    def _opened(self) -> SessionLike:
        if self._session is None:
            raise RuntimeError("the session is not open")
        return self._session

    def _open(self) -> None:
        try:
            self._session = self._open_session(self._advance)
            self._post(SessionOpened(self._snapshot()))
        except Cancelled:
            return
        except Exception as error:  # noqa: BLE001 - the edge of this thread
            self._post(OpeningFailed(one_line(error)))

    def _change_over(self) -> None:
        self._close()
        self._session = None
        self._open()

    def _run(self, start: Start) -> None:
        failure = None
        try:
            self._follow(start(self._opened))
        except Exception as error:  # noqa: BLE001 - the edge of this thread
            failure = one_line(error)
        self._end(failure)

    def _end(self, failure: str | None) -> None:
        """Tell that the run is over, with the last known state if the session cannot tell more."""
        try:
            self._post(RunEnded(self._snapshot(), failure))
        except Exception as error:  # noqa: BLE001 - the edge of this thread
            self._post(RunEnded(self._last, failure or one_line(error)))

    def _follow(self, events: Iterator[Event]) -> None:
        for event in events:
            if self._closing.is_set():
                return
            if not isinstance(event, WorkAdvanced) or self._pace.due(event.stage):
                self._post(EventArrived(event))

    def _switch(self, thread_id: str | None) -> None:
        try:
            self._opened.switch(thread_id)
            self._post(SessionOpened(self._snapshot()))
        except Exception as error:  # noqa: BLE001 - the edge of this thread
            self._end(one_line(error))

    def _close(self) -> None:
        if self._session is not None:
            self._session.close()

    def _advance(self, stage: str, done: int, total: int) -> None:
        if self._closing.is_set():
            raise Cancelled
        if self._pace.due(stage):
            self._post(OpeningAdvanced(stage, done, total))

    def _snapshot(self) -> Snapshot:
        session = self._opened
        self._last = Snapshot(
            thread_id=session.thread_id,
            model_name=session.model_name,
            waiting=session.waiting,
            requests=tuple(session.requests()),
            lines=tuple(session.transcript()),
            private=session.private,
            notices=session.notices(),
        )
        return self._last
