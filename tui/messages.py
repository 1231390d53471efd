"""What the runner and the widgets tell the screen: facts in the past tense."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textual.message import Message

from agents.events import Event, RequestRow
from tui.ports import Waiting


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How the session stands between two runs."""

    thread_id: str
    model_name: str
    waiting: Waiting | None
    requests: Sequence[RequestRow]
    lines: Sequence[Mapping[str, Any]]
    private: bool = False
    """Whether nothing of it is kept."""
    notices: Sequence[str] = ()
    """What the session has to tell beside the talk."""


@dataclass
class SessionOpened(Message):
    """A thread is ready for turns: at the start, or after a switch."""

    snapshot: Snapshot


@dataclass
class OpeningAdvanced(Message):
    """The session is being opened, and how far that has come."""

    stage: str
    done: int
    total: int


@dataclass
class OpeningFailed(Message):
    """There will be no session; `reason` is one line."""

    reason: str


@dataclass
class EventArrived(Message):
    """The session said something while it runs."""

    event: Event


@dataclass
class RunEnded(Message):
    """The stream of events is over, finished or broken; `failure` is one line."""

    snapshot: Snapshot
    failure: str | None = None


@dataclass
class TurnSubmitted(Message):
    """The user pressed Enter on a text."""

    text: str


@dataclass
class QuestionAnswered(Message):
    """The user answered the open question: yes, no, or one of its options."""

    answer: bool | str
