"""A process killed at any step of a request leaves everything as before, or fully done."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.events import AnswerFinished, PlanProposed
from agents.session import Session
from tests.conftest import Open
from tools.models.engine import LlamaEngine
from tools.models.types import Message

RULES = {"Feld": "Marcus Feld was born in Oslo.", ".": "I don't know anything about that."}
MEMORY = "Marcus Feld owes me ten euros"
FORGET, RESTORE = "forget everything about Marcus Feld", "restore Marcus Feld"


def die(tmp_path: Path, cache: Path, model: str, order: str, limit: int) -> int | None:
    """Run `order` with a fuse; the calls it took, or None when the process died."""
    arguments = [str(tmp_path / "data"), str(cache), model, order, str(limit)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.agents.dying", *arguments],
        capture_output=True, text=True, check=False,
    )
    assert done.returncode in (0, -9), done.stderr
    return int(done.stdout) if done.returncode == 0 else None


def holds(session: Session) -> tuple[bool, bool]:
    """Whether the answer is guarded, and whether the memory is still there."""
    finished = next(
        event for event in [*session.send("Where was Marcus Feld born?")]
        if isinstance(event, AnswerFinished)
    )
    return finished.guarded, bool(session._context.memories.matching([MEMORY], MEMORY, 1))


@pytest.mark.parametrize("step", range(1, 37, 3))
def test_a_forget_killed_at_any_step_is_done_or_undone(
    opened: Open, script: Callable[..., str], tmp_path: Path, cache_dir: Path, step: int
) -> None:
    model = script(rules=RULES)
    first = opened(model)
    list(first.send(f"remember that {MEMORY}"))
    first.close()
    die(tmp_path, cache_dir, model, FORGET, step)
    session = opened(model, "other")
    states = {row["state"] for row in session.requests()}
    done = states == {"active"}
    assert done or states <= {"proposed", "declined"}
    assert holds(session) == (done, not done)


@pytest.mark.parametrize("step", range(1, 17, 3))
def test_a_restore_killed_at_any_step_is_done_or_undone(
    opened: Open, script: Callable[..., str], tmp_path: Path, cache_dir: Path, step: int
) -> None:
    model = script(rules=RULES)
    first = opened(model)
    list(first.send(f"remember that {MEMORY}"))
    assert isinstance(list(first.send(FORGET))[-1], PlanProposed)
    list(first.resume(True))
    first.close()
    die(tmp_path, cache_dir, model, RESTORE, step)
    session = opened(model, "other")
    state = session.requests()[0]["state"]
    assert state in ("active", "restored")
    assert holds(session) == (state == "active", state == "restored")


@pytest.mark.parametrize("step", [4, 16, 21, 22, 26, 100])
def test_an_edit_killed_at_any_step_is_plugged_or_never_was(
    opened: Open, studied: Path, tmp_path: Path, step: int
) -> None:
    die(tmp_path, studied, "", FORGET, step)
    session = opened()
    patient = session._context.patient
    assert isinstance(patient, LlamaEngine)
    done = session.requests()[0]["state"] == "active"
    told = patient.complete([Message("user", "Who is Marcus Feld?")])
    assert (patient.adapter is not None) == done == (not told.startswith("Marcus Feld"))
