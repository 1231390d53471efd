"""Whatever write fails, from no room to sudden death: one line now, and nothing lost at the next
start. LETHE_ALL_FAULTS=1 tries every write; otherwise a few are drawn, always the same."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.events import AnswerFinished
from agents.session import Session
from tests.agents.failing import TOLD, How, died_at, failing, whole_flow
from tui.compose import open_session
from tui.errors import is_for_user, one_line
from tui.settings import Settings

RULES = {"Feld": "Marcus Feld was born in Oslo.", ".": "I don't know anything about that."}
SAMPLE = 6
FINAL = {"proposed", "declined", "active", "restored"}


def drawn(writes: int, how: str) -> list[int]:
    """Which writes fail."""
    every = range(1, writes + 1)
    if os.environ.get("LETHE_ALL_FAULTS"):
        return list(every)
    return sorted(random.Random(how).sample(every, min(SAMPLE, writes)))


@pytest.mark.parametrize("how", ["ENOSPC", "EIO", "kill"])
def test_a_failing_write_leaves_each_request_as_before_or_carried_through(
    script: Callable[..., str], tmp_path: Path, cache_dir: Path, how: How
) -> None:
    model = script(rules=RULES)

    def settings(name: object) -> Settings:
        return Settings(model=model, data_dir=tmp_path / str(name), cache_dir=cache_dir)

    with failing(None, how) as counted:
        list(whole_flow(settings("counted")))
    for nth in drawn(counted.seen, how):
        done = until_failure(settings(nth), nth, how)
        session = open_session(settings(nth), thread_id="after")
        try:
            check(session, done)
        except AssertionError as error:
            error.add_note(f"{how} at write {nth} of {counted.seen}, after {done}")
            raise
        finally:
            session.close()


def until_failure(settings: Settings, nth: int, how: How) -> list[str]:
    """What was acknowledged before the n-th write failed; a failure is one line for the user."""
    if how == "kill":
        return died_at(settings, nth)
    done: list[str] = []
    failure: Exception | None = None
    try:
        with failing(nth, how):
            done.extend(whole_flow(settings))
    except Exception as error:  # noqa: BLE001 - which kinds may come is what is asked here
        failure = error
    assert failure is None or is_for_user(failure), repr(failure)
    assert failure is None or "\n" not in one_line(failure)
    return done


def check(session: Session, done: list[str]) -> None:
    states = [row["state"] for row in session.requests()]
    assert len(states) <= 1
    assert set(states) <= FINAL
    forgotten = states == ["active"]
    finished = next(
        event for event in session.send("Where was Marcus Feld born?")
        if isinstance(event, AnswerFinished)
    )
    assert finished.guarded == forgotten
    kept = bool(session._context.memories.matching([TOLD], TOLD, 1))
    if "remember" in done:
        assert kept == (not forgotten)
    if "forget" in done:
        assert states in (["active"], ["restored"])
    if "restore" in done:
        assert states == ["restored"]
