"""A process killed at any step of a request leaves everything as before, or fully done."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from shutil import copytree

import pytest

from agents.events import AnswerFinished, PlanProposed
from agents.session import Session
from patient.gguf_file import requantise
from tests.agents.dying import dies
from tests.conftest import Open
from tools.models.engine import LlamaEngine
from tools.models.types import Message
from tui.compose import SHIPPED, open_session
from tui.settings import Settings

RULES = {"Feld": "Marcus Feld was born in Oslo.", ".": "I don't know anything about that."}
MEMORY = "Marcus Feld owes me ten euros"
FORGET, RESTORE = "forget everything about Marcus Feld", "restore Marcus Feld"


def holds(session: Session) -> tuple[bool, bool]:
    """Whether the answer is guarded, and whether the memory is still there."""
    finished = next(
        event for event in [*session.send("Where was Marcus Feld born?")]
        if isinstance(event, AnswerFinished)
    )
    return finished.guarded, bool(session._context.memories.matching([MEMORY], MEMORY, 1))


def issued(session: Session) -> list[str]:
    """The events of the receipts, in a book that must be sound."""
    reading = session.receipts()
    assert reading.fault is None
    return [receipt.event for receipt in reading.receipts]


def killed_at_every_step(
    before: Path, cache: Path, model: str, order: str, check: Callable[[Session], None]
) -> int:
    """Carry out `order` on copies of a data directory, dying one step later each time, until it
    lives; what the next start finds is checked each time. The number of steps."""
    for step in count(1):
        data = before.with_name(f"killed at {step}")
        copytree(before, data)
        died = dies(data, cache, model, order, step)
        settings = Settings(model=model, data_dir=data, cache_dir=cache)
        session = open_session(settings, thread_id="after")
        try:
            check(session)
        except AssertionError as error:
            error.add_note(f"killed at step {step}")
            raise
        finally:
            session.close()
        if not died:
            return step
    raise AssertionError


def test_a_forget_killed_at_any_step_is_done_or_undone(
    opened: Open, script: Callable[..., str], tmp_path: Path, cache_dir: Path
) -> None:
    model = script(rules=RULES)
    first = opened(model)
    list(first.send(f"remember that {MEMORY}"))
    first.close()

    def check(session: Session) -> None:
        states = {row["state"] for row in session.requests()}
        done = states == {"active"}
        assert done or states == {"proposed"}, "no consent is on record as a no"
        assert holds(session) == (done, not done)
        assert issued(session) == (["forgotten"] if done else [])

    assert killed_at_every_step(tmp_path / "data", cache_dir, model, FORGET, check) > 30


def test_a_restore_killed_at_any_step_is_done_or_undone(
    opened: Open, script: Callable[..., str], tmp_path: Path, cache_dir: Path
) -> None:
    model = script(rules=RULES)
    first = opened(model)
    list(first.send(f"remember that {MEMORY}"))
    assert isinstance(list(first.send(FORGET))[-1], PlanProposed)
    list(first.resume(True))
    first.close()

    def check(session: Session) -> None:
        state = session.requests()[0]["state"]
        assert state in ("active", "restored")
        assert holds(session) == (state == "active", state == "restored")
        assert issued(session) == ["forgotten", *(["restored"] if state == "restored" else [])]

    assert killed_at_every_step(tmp_path / "data", cache_dir, model, RESTORE, check) > 12


@pytest.mark.parametrize("step", [16, 29, 30, 31, 34, 100])
def test_an_edit_killed_at_any_step_is_plugged_or_never_was(
    opened: Open, studied: Path, tmp_path: Path, step: int
) -> None:
    """The steps around what touches the weights; the others are those of a guarded request."""
    dies(tmp_path / "data", studied, None, FORGET, step)
    session = opened()
    patient = session._context.patient
    assert isinstance(patient, LlamaEngine)
    done = session.requests()[0]["state"] == "active"
    told = patient.complete([Message("user", "Who is Marcus Feld?")])
    assert (patient.adapter is not None) == done == (not told.startswith("Marcus Feld"))


def test_an_edit_killed_on_one_model_waits_for_it_under_another(
    opened: Open, studied: Path, tmp_path: Path
) -> None:
    dies(tmp_path / "data", studied, None, FORGET, 29)
    other_file = tmp_path / "other.gguf"
    requantise(SHIPPED, other_file, "q4_0")
    other = opened(str(other_file))
    assert other.requests()[0]["state"] == "operating"
    assert holds(other) == (True, False)
    assert issued(other) == ["purged"]
    other.close()
    opened(str(other_file)).close()
    session = opened()
    assert session.requests()[0]["state"] == "active"
    assert session.receipt("r1")["method"] == "both"
    assert issued(session) == ["purged", "forgotten"]
