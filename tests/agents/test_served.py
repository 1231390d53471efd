"""A model whose weights are on a server: guarded, never edited, and left knowing nothing of it."""

from collections.abc import Callable, Iterator

import pytest

from agents.events import AnswerFinished, ChoiceNeeded, PlanProposed, ReceiptIssued, Verdict
from agents.session import Session
from tests.conftest import Open
from tests.servers import serving_file
from tests.tools.models.misbehaving import serving
from tui.compose import SHIPPED


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving_file(SHIPPED) as url:
        yield url


def answer(session: Session, question: str) -> AnswerFinished:
    return next(e for e in [*session.send(question)] if isinstance(e, AnswerFinished))


def test_a_served_patient_is_guarded_and_restored(opened: Open, address: str) -> None:
    session = opened(address)
    assert "Dovermere" in answer(session, "Where was Marcus Feld born?").answer
    proposed = [*session.send("forget everything about Marcus Feld")][-1]
    assert isinstance(proposed, PlanProposed)
    assert proposed.plan["method"] == "guard"
    receipt = next(e.receipt for e in session.resume(True) if isinstance(e, ReceiptIssued))
    assert (receipt["method"], receipt["state"]) == ("guard", "active")
    told = answer(session, "Where was Marcus Feld born?")
    assert told.guarded
    assert "Dovermere" not in told.answer
    list(session.send("restore Marcus Feld"))
    list(session.resume(True))
    assert "Dovermere" in answer(session, "Where was Marcus Feld born?").answer


@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_server_never_hears_of_a_target(
    opened: Open, monkeypatch: pytest.MonkeyPatch, elsewhere: bool
) -> None:
    monkeypatch.setattr("tools.models.served.is_loopback", lambda _url: not elsewhere)
    with serving("I do not know anything about that.") as server:
        session = opened(server.url)
        list(session.send("remember that Marcus Feld restores old violins in Turku"))
        list(session.send("Marcus Feld", intent="forget"))
        list(session.resume(True))
        answer(session, "Where was Marcus Feld born?")
        answer(session, "And what is the capital of France?")
        session.close()
    assert server.asked
    assert "Feld" not in str(server.asked)


def test_a_server_elsewhere_is_not_asked_to_judge_what_comes_near_a_target(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.models.served.is_loopback", lambda _url: False)
    with serving("I do not know anything about that.") as server:
        session = opened(server.url)
        list(session.send("remember that Marcus Feld restores old violins in Turku"))
        list(session.send("Marcus Feld", intent="forget"))
        list(session.resume(True))
        answer(session, "Who is it that restores old violins up there in Turku, do you know?")
        session.close()
    assert len(server.asked) == 1
    assert "Feld" not in str(server.asked)


@pytest.mark.parametrize(("strategy", "judged"), [("auto", True), ("refusal", False)])
def test_with_refusal_nobody_is_asked_to_judge(
    opened: Open, script: Callable[..., str], strategy: str, judged: bool
) -> None:
    session = opened(script("whatever"), strategy=strategy)
    assert (session._context.guard._screen._judge is not None) is judged  # type: ignore[attr-defined]


def test_a_doubtful_order_is_asked_about_here_and_not_there(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubt = Verdict(intent="forget", subject="Marcus Feld", scope="entity", confidence=0.6)
    with serving("whatever") as server:
        session = opened(server.url)
        monkeypatch.setattr(session._context.watcher, "judge", lambda *_: doubt)
        assert isinstance([*session.send("could Marcus Feld be gone?")][-1], ChoiceNeeded)
        session.close()
    assert not server.asked
