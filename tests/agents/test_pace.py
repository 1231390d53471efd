"""Text is shown at ticks, whoever was ready first."""

import pytest

from agents import pace
from agents.events import AnswerGrew, Event, StepTaken
from agents.pace import Pace


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pace, "monotonic", lambda: clock.now)
    monkeypatch.setattr(pace, "sleep", clock.sleep)
    return clock


@pytest.mark.parametrize("took", [0.01, 0.03, 0.099])
def test_answers_that_took_different_times_show_at_the_same_one(clock: Clock, took: float) -> None:
    shown: list[float] = []
    emit = Pace(begun=100.0, tick=0.1).keep(lambda _: shown.append(clock.now))
    clock.now += took
    emit(AnswerGrew("I don't know."))
    assert shown == [pytest.approx(100.1)]


def test_what_follows_within_the_grace_does_not_wait_again(clock: Clock) -> None:
    shown: list[Event] = []
    kept = Pace(begun=100.0, tick=0.1)
    emit = kept.keep(shown.append)
    clock.now = 100.203
    emit(AnswerGrew("And so on."))
    assert clock.now == 100.203
    kept.wait(grace=0.0)
    assert clock.now == pytest.approx(100.3)


def test_steps_are_shown_as_they_come_and_without_a_tick_everything_is(clock: Clock) -> None:
    emit = Pace(begun=100.0, tick=0.1).keep(lambda _: None)
    clock.now += 0.05
    emit(StepTaken("critic", "5"))
    Pace(begun=100.0, tick=0.0).wait()
    assert clock.now == 100.05
