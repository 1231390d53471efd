"""How long conversations are kept, and which are due to go.

One small file says after how many days, and when conversations were last looked through. The time
of that look vouches for the clock: if by the clock longer has passed since than conversations are
kept, or a month and most of them would go at once, the clock may have jumped, and nothing goes
before the owner says so again. A clock that went back only makes conversations younger, and one
dated in the future is kept.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, Protocol

from memory.checkpoints import Thread
from memory.errors import StoreCorrupt
from memory.files import read_text, write_durably

LEAP = timedelta(days=30)
"""Time since the last look from which it is odd that most conversations should go at once."""


class Threads(Protocol):
    """The saved conversations."""

    def threads(self) -> Sequence[Thread]: ...

    def forget_thread(self, *thread_ids: str) -> int: ...


Along = Callable[[Sequence[str]], object]
"""Removes what goes along with conversations, by their ids; called again after a crash."""


class Due(NamedTuple):
    """Which conversations are older than agreed, of how many."""

    thread_ids: tuple[str, ...]
    total: int


class Looked(NamedTuple):
    """What came of a look: how many went; `held` of `total` are due and wait for the owner."""

    days: int | None
    gone: int
    held: int
    total: int


@dataclass(frozen=True, slots=True)
class Rule:
    """What the file says: `days` None keeps for ever; `looked` is UTC, ISO 8601.

    `ordered` is False where the days are a setting's and the file only has the time of the look.
    """

    days: int | None
    looked: str
    ordered: bool


def utc_now() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)


class Retention:
    """After how many days conversations go, and their going.

    Args:
        path: the file, written at the first order or look.
        saved: the conversations.
        default: days, as long as nothing was ordered; None keeps for ever.
        now: the clock.
        along: what goes along with conversations.
    """

    def __init__(
        self, path: Path, saved: Threads, default: int | None = None,
        now: Callable[[], datetime] = utc_now, along: Along = lambda _ids: None,
    ) -> None:
        self._path, self._saved, self._default, self._now = path, saved, default, now
        self._along = along

    @property
    def days(self) -> int | None:
        """Days for which conversations are kept; None: for ever.

        Raises:
            StoreCorrupt: the file is damaged.
        """
        rule = rule_in(self._path)
        return rule.days if rule and rule.ordered else self._default

    def due(self, days: int | None, skip: Collection[str] = ()) -> Due:
        """The conversations whose newest state is older than `days`, but for those to `skip`."""
        threads = [one for one in self._saved.threads() if one["thread_id"] not in skip]
        old = [
            one["thread_id"] for one in threads
            if days is not None and self._age(one["updated"]) > timedelta(days=days)
        ]
        return Due(tuple(old), len(threads))

    def order(self, days: int | None, skip: Collection[str] = ()) -> int:
        """Keep conversations for `days` from now on; returns how many went at once.

        The order is on the disk before any goes, so that a crash leaves the rest to the next look.
        """
        self._write(days, ordered=True)
        return self._drop(self.due(days, skip))

    def look(self, skip: Collection[str] = ()) -> Looked:
        """Let go what is due, unless the owner has to be asked first.

        Raises:
            StoreCorrupt: the file is damaged.
        """
        rule, days = rule_in(self._path), self.days
        if days is None:
            return Looked(None, 0, 0, 0)
        due = self.due(days, skip)
        if due.thread_ids and not self._agreed(rule, days, due):
            return Looked(days, 0, len(due.thread_ids), due.total)
        self._write(days, ordered=rule is not None and rule.ordered)
        return Looked(days, self._drop(due), 0, due.total)

    def _agreed(self, rule: Rule | None, days: int, due: Due) -> bool:
        """Whether the owner knows of these days, and the clock can be believed."""
        if rule is None or rule.days != days:
            return False
        most, gap = len(due.thread_ids) * 2 > due.total, self._age(rule.looked)
        return gap <= timedelta(days=days) and not (most and gap > LEAP)

    def _age(self, time: str) -> timedelta:
        """Time since then; negative for a time in the future."""
        try:
            then = datetime.fromisoformat(time)
        except ValueError as error:
            raise StoreCorrupt(f"{str(self._path)!r}: {time!r} is no time") from error
        return self._now() - (then if then.tzinfo else then.replace(tzinfo=UTC))

    def _drop(self, due: Due) -> int:
        if due.thread_ids:
            self._along(due.thread_ids)  # first: a crash in between leaves the threads due
            self._saved.forget_thread(*due.thread_ids)
        return len(due.thread_ids)

    def _write(self, days: int | None, *, ordered: bool) -> None:
        rule = Rule(days, self._now().isoformat(timespec="seconds"), ordered)
        write_durably(self._path, f"{json.dumps(asdict(rule))}\n".encode())


def rule_in(path: Path) -> Rule | None:
    """What a file of this module says; None where there is none.

    Raises:
        StoreCorrupt: the file is damaged.
    """
    text = read_text(path)
    if text is None:
        return None
    try:
        said = json.loads(text)
        days = None if said["days"] is None else int(said["days"])
        datetime.fromisoformat(said["looked"])
        return Rule(days, said["looked"], bool(said["ordered"]))
    except (ValueError, TypeError, KeyError) as error:
        raise StoreCorrupt(f"{str(path)!r} is damaged: {text[:40]!r}") from error
