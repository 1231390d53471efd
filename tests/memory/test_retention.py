"""Conversations go when they are old, with every byte, and never because a clock was wrong."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.checkpoints import Checkpoints, Thread
from memory.errors import StoreCorrupt
from memory.retention import Looked, Retention
from tests.memory.conftest import GLASS, sidecars
from tests.memory.test_checkpoints import say

TODAY = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@dataclass
class Talk:
    """Conversations by their age in days on `TODAY`, and a clock that can be set."""

    ages: dict[str, float]
    now: datetime = TODAY
    gone: list[str] = field(default_factory=list)

    def threads(self) -> list[Thread]:
        return [
            Thread(thread_id=name, title="", updated=(TODAY - timedelta(days=age)).isoformat())
            for name, age in self.ages.items()
        ]

    def forget_thread(self, *thread_ids: str) -> int:
        self.gone += thread_ids
        self.ages = {name: age for name, age in self.ages.items() if name not in thread_ids}
        return len(thread_ids)

    def retention(self, folder: Path, default: int | None = None) -> Retention:
        return Retention(folder / "retention", self, default, lambda: self.now)


def test_without_an_order_everything_is_kept_and_nothing_is_written(tmp_path: Path) -> None:
    talk = Talk({"a": 4000})
    assert talk.retention(tmp_path).look() == Looked(None, 0, 0, 0)
    assert (talk.gone, list(tmp_path.iterdir())) == ([], [])


def test_what_goes_along_goes_first_and_again_after_a_crash(tmp_path: Path) -> None:
    talk, along = Talk({"old": 31, "young": 1}), []

    def cut_off(thread_ids: Sequence[str]) -> None:
        along.append(tuple(thread_ids))
        if len(along) == 1:
            raise KeyboardInterrupt

    retention = Retention(tmp_path / "retention", talk, None, lambda: talk.now, cut_off)
    with pytest.raises(KeyboardInterrupt):
        retention.order(30)
    assert talk.gone == []
    assert retention.look().gone == 1
    assert (along, talk.gone) == ([("old",), ("old",)], ["old"])


def test_an_order_lets_go_what_is_older_and_then_what_becomes_so(tmp_path: Path) -> None:
    talk = Talk({"old": 31, "young": 29.5, "on screen": 90})
    retention = talk.retention(tmp_path)
    assert retention.due(30, {"on screen"}) == (("old",), 2)
    assert retention.order(30, {"on screen"}) == 1
    talk.now += timedelta(days=1)
    assert talk.retention(tmp_path).look({"on screen"}) == Looked(30, 1, 0, 1)
    assert talk.gone == ["old", "young"]


def test_to_keep_them_for_ever_ends_it_whatever_a_setting_says(tmp_path: Path) -> None:
    talk = Talk({"a": 5})
    retention = talk.retention(tmp_path, default=3)
    retention.order(None)
    assert (retention.days, retention.look().gone) == (None, 0)


def test_a_setting_is_followed_once_its_owner_has_seen_what_goes(tmp_path: Path) -> None:
    talk = Talk({"a": 5})
    retention = talk.retention(tmp_path, default=3)
    assert retention.look() == Looked(3, 0, 1, 1)
    assert retention.look() == Looked(3, 0, 1, 1)
    assert retention.order(3) == 1
    later = Talk({"b": 1}, now=TODAY + timedelta(days=1))
    assert later.retention(tmp_path / "..", default=3).days == 3
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    assert later.retention(fresh, default=3).look() == Looked(3, 0, 0, 1)
    later.now += timedelta(days=2)
    assert later.retention(fresh, default=3).look().gone == 1


def test_a_clock_that_went_back_lets_nothing_go(tmp_path: Path) -> None:
    talk = Talk({"a": 10, "future": -400})
    talk.retention(tmp_path).order(30)
    talk.now -= timedelta(days=365)
    assert talk.retention(tmp_path).look().gone == 0
    talk.now = TODAY
    assert talk.retention(tmp_path).look().gone == 0


def test_a_clock_that_jumped_by_years_lets_nothing_go_before_the_owner_says_so(
    tmp_path: Path,
) -> None:
    talk = Talk({"a": 1, "b": 2, "c": 29})
    talk.retention(tmp_path).order(30)
    talk.now += timedelta(days=3 * 365)
    assert talk.retention(tmp_path).look() == Looked(30, 0, 3, 3)
    talk.ages |= {f"said since {n}": -3 * 365 for n in range(9)}
    assert talk.retention(tmp_path).look() == Looked(30, 0, 3, 12)
    assert talk.gone == []
    assert talk.retention(tmp_path).order(30) == 3


def test_a_clock_that_came_right_again_goes_on_as_before(tmp_path: Path) -> None:
    talk = Talk({"a": 29})
    talk.retention(tmp_path).order(30)
    talk.now += timedelta(days=5000)
    talk.retention(tmp_path).look()
    talk.now = TODAY + timedelta(days=2)
    assert talk.retention(tmp_path).look().gone == 1


def test_a_jump_within_a_long_time_is_asked_about_when_most_would_go(tmp_path: Path) -> None:
    talk = Talk({"a": 200, "b": 150, "c": 1})
    talk.retention(tmp_path).order(365)
    talk.now += timedelta(days=300)
    assert talk.retention(tmp_path).look() == Looked(365, 0, 2, 3)


@given(
    ages=st.lists(st.floats(-3000, 3000), max_size=8), days=st.integers(1, 400),
    jumps=st.lists(st.integers(-4000, 4000), max_size=6),
)  # fmt: skip
def test_whatever_the_clock_does_nothing_goes_long_before_its_time(
    ages: list[float], days: int, jumps: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A look after more than the agreed time lets nothing go, so an error is bounded by it."""
    talk = Talk({str(n): age for n, age in enumerate(ages)})
    folder = tmp_path_factory.mktemp("retention")
    talk.retention(folder).order(days)
    looked = talk.now
    for jump in jumps:
        talk.now = TODAY + timedelta(days=jump)
        before = dict(talk.ages)
        gone = talk.retention(folder).look().gone
        assert not gone or talk.now - looked <= timedelta(days=days, seconds=1)
        assert all(before[name] + jump > days for name in set(before) - set(talk.ages))
        looked = datetime.fromisoformat(json.loads((folder / "retention").read_text())["looked"])


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"days": "x", "looked": "2026-01-01", "ordered": true}', "\xff"]
)
def test_a_damaged_file_lets_nothing_go_and_a_new_order_mends_it(
    tmp_path: Path, text: str
) -> None:
    talk = Talk({"a": 5})
    (tmp_path / "retention").write_text(text, "latin-1")
    with pytest.raises(StoreCorrupt):
        talk.retention(tmp_path, default=1).look()
    assert talk.gone == []
    assert talk.retention(tmp_path).order(3) == 1


@pytest.fixture
def checkpoints(tmp_path: Path) -> Iterator[Checkpoints]:
    checkpoints = Checkpoints(tmp_path / "checkpoints.sqlite3", GLASS)
    yield checkpoints
    checkpoints.close()


def test_every_byte_of_what_goes_is_gone(checkpoints: Checkpoints, tmp_path: Path) -> None:
    say(checkpoints, "a", "the glassblower of Turku", "zanzibar")
    say(checkpoints, "b", "a quincunx of elms")
    later = datetime.now(UTC) + timedelta(days=2)
    retention = Retention(tmp_path / "retention", checkpoints, now=lambda: later)
    assert retention.order(1, {"b"}) == 1
    raw = sidecars(tmp_path / "checkpoints.sqlite3")
    assert b"zanzibar" not in raw
    assert b"quincunx" in raw
    assert [thread["thread_id"] for thread in checkpoints.threads()] == ["b"]
