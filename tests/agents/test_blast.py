"""How far a request would reach is shown in the plan, and what reaches too far is refused."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agents.blast import narrower, refuse_wide, warning
from agents.context import Limits
from agents.errors import TooBroad
from agents.events import Blast, Plan, PlanProposed
from agents.session import Session
from tests.conftest import Open
from tests.tools.models.misbehaving import serving
from tests.tui.scripted import PLAN
from tools.guarding.guard import Guard
from tools.models.engine import LlamaEngine

Script = Callable[..., str]
SUBJECT = "Marcus Feld"
TALK = ("ledger", "checkpoints", "holder", "lock")
"""What records the order itself."""


def proposed(session: Session, order: str) -> Plan:
    last = [*session.send(order, intent="forget")][-1]
    assert isinstance(last, PlanProposed)
    return last.plan


def limited(session: Session, blast: float) -> None:
    context = session._context
    session._context = replace(context, limits=replace(context.limits, blast=blast))


def guard_of(session: Session) -> Guard:
    guard = session._context.guard
    assert isinstance(guard, Guard)
    return guard


def stored(folder: Path) -> dict[Path, bytes]:
    """Every file of a data directory but those that record the order."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {file: file.read_bytes() for file in files if not file.name.startswith(TALK)}


def reach(changed: int, by_edit: int = 0, by_guard: int = 0) -> Blast:
    return Blast(asked=40, changed=changed, by_edit=by_edit, by_guard=by_guard)


def test_a_guarded_name_touches_no_everyday_question(opened: Open, script: Script) -> None:
    session = opened(script())
    list(session.send("remember that Marcus Feld bakes bread in Oslo"))
    assert proposed(session, SUBJECT)["blast"] == reach(0)


def test_a_conversation_has_no_reach(opened: Open, script: Script) -> None:
    session = opened(script("Hello."))
    list(session.send("Good morning"))
    assert proposed(session, "forget this conversation")["blast"] is None


def test_a_word_of_everyday_questions_is_warned_of_and_refused_above_the_limit(
    opened: Open, script: Script
) -> None:
    session = opened(script())
    list(session.send("remember that the water bill is 40 euros"))
    plan = proposed(session, "water")
    assert plan["blast"] == reach(2, by_guard=2)
    assert "more than the subject is touched: 2 of 40 neutral answers (5 %) would change" in (
        plan["warnings"]
    )
    list(session.resume(False))
    limited(session, blast=0.04)
    with pytest.raises(TooBroad, match=r"'water' .* change 2 of 40 .*\(5 %\); name one narrower"):
        list(session.send("water", intent="forget"))
    assert [row["state"] for row in session.requests()] == ["declined"]


def test_a_server_is_asked_nothing_for_a_plan(opened: Open) -> None:
    with serving("I do not know anything about that.") as server:
        session = opened(server.url)
        list(session.send("remember that Marcus Feld restores old violins in Turku"))
        asked = len(server.asked)
        assert proposed(session, SUBJECT)["blast"] == reach(0)
        assert len(server.asked) == asked
        session.close()


def test_declined_nothing_is_left_of_what_the_guard_would_do(
    opened: Open, script: Script, tmp_path: Path
) -> None:
    session = opened(script())
    list(session.send(f"remember that {SUBJECT} bakes bread in Oslo"))
    before = stored(tmp_path / "data")
    proposed(session, SUBJECT)
    list(session.resume(False))
    assert guard_of(session).index.all() == ()
    assert stored(tmp_path / "data") == before


def test_declined_nothing_is_left_of_what_the_edit_would_do(
    opened: Open, studied: object, tmp_path: Path
) -> None:
    session = opened()
    engine = session._context.patient
    assert isinstance(engine, LlamaEngine)
    list(session.send(f"remember that {SUBJECT} bakes bread in Oslo"))
    before = stored(tmp_path / "data")
    plan = proposed(session, f"forget everything about {SUBJECT}")
    assert plan["method"] == "both"
    assert plan["blast"] is not None
    assert plan["blast"]["asked"] == 40
    assert plan["blast"]["changed"] <= 4
    list(session.resume(False))
    assert engine.adapter is None
    assert guard_of(session).index.all() == ()
    assert stored(tmp_path / "data") == before


def test_an_edit_that_reaches_too_far_may_be_a_guard_instead() -> None:
    wide: Plan = {**PLAN, "blast": reach(12, by_edit=12, by_guard=1)}
    with pytest.raises(TooBroad, match=r"12 of 40 .*\(30 %\); the method 'guard' would change 1"):
        refuse_wide(wide, Limits())


def test_a_guard_that_reaches_too_far_needs_another_subject() -> None:
    assert narrower(reach(12, by_edit=2, by_guard=12), Limits()).startswith("name one narrower")


@pytest.mark.parametrize(("changed", "warned"), [(0, False), (1, False), (2, True), (8, True)])
def test_below_the_limit_the_owner_is_warned_and_decides(changed: int, warned: bool) -> None:
    plan: Plan = {**PLAN, "blast": reach(changed)}
    refuse_wide(plan, Limits())
    assert bool(warning(plan["blast"], Limits())) is warned
