"""One call of a verb: its arguments, what it prints to, and the session it works with."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from agents.turns import checked
from tui.errors import DONE, FAILED, exit_status, is_for_user, one_line
from tui.output import Output
from tui.ports import OpenSession, SessionLike
from tui.progress import ProgressLine
from tui.settings import Settings
from tui.turns import Line, read_lines


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one input came to: the JSON record, the text for a person, the exit status."""

    record: object
    text: str = ""
    status: int = DONE


Act = Callable[[SessionLike, str], Outcome]
"""What a verb does with one input."""


@dataclass(frozen=True, slots=True)
class Call:
    """Everything a verb may touch. `question` asks a person one line; None: nobody is there."""

    arguments: argparse.Namespace
    settings: Settings
    output: Output
    progress: ProgressLine
    open_session: OpenSession
    stdin: BinaryIO
    question: Callable[[str], str] | None = None

    @contextmanager
    def session(self) -> Iterator[SessionLike]:
        """A session that is stopped on Ctrl-C and closed at the end, its talk discarded."""
        session = self.open_session(self.progress)
        self.progress.clear()
        try:
            for line in session.notices():
                self.output.remark(line)
            yield session
        except KeyboardInterrupt:
            session.stop()
            raise
        finally:
            session.close()

    def each_text(self, act: Act) -> int:
        """Act on the text of the arguments, or on every line of standard input.

        Each has a thread of its own, dropped afterwards.

        Raises:
            TurnRefused: the text of the arguments cannot be a turn; nothing was opened for it.
        """
        words = self.arguments.text
        if words == ["-"]:
            return self._each_line(act)
        text = checked(words if isinstance(words, str) else " ".join(words))
        with self.session() as session:
            return self._deliver(session, act, text)

    def _each_line(self, act: Act) -> int:
        with self.session() as session:
            return max((self._one_line(session, act, line) for line in read_lines(self.stdin)),
                       default=DONE)  # fmt: skip

    def _one_line(self, session: SessionLike, act: Act, line: Line) -> int:
        if line.error:
            self.output.failure(line.error, line.number)
            return FAILED
        try:
            session.switch()
            return self._deliver(session, act, line.text)
        except Exception as error:
            if isinstance(error, BrokenPipeError) or not is_for_user(error):
                raise
            self.output.failure(one_line(error), line.number)
            return exit_status(error)

    def _deliver(self, session: SessionLike, act: Act, text: str) -> int:
        try:
            outcome = act(session, text)
        finally:
            self.progress.clear()
            session.discard()
        self.output.result(outcome.record, outcome.text)
        return outcome.status
