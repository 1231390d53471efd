"""The graph around a scripted model: real stores, real watchdog, real embedder, given replies."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import pytest

from agents.errors import NothingToForget, NotWaiting, StillWaiting, TooBroad
from agents.events import (
    AnswerFinished,
    AnswerGrew,
    ChoiceNeeded,
    Event,
    MemoryKept,
    Notice,
    PlanProposed,
    ReceiptIssued,
    RequestsListed,
    RestoreProposed,
    StepTaken,
    ThoughtGrew,
    TurnJudged,
)
from agents.session import Session
from memory.errors import DiskFull
from tests.conftest import Open

E = TypeVar("E")
Script = Callable[..., str]
KNOWS_ALL = {"Feld": "Marcus Feld was born in Oslo.", ".": "I don't know anything about that."}


def only(kind: type[E], events: Iterable[Event]) -> E:
    """The one event of a kind in a stream."""
    found = [event for event in events if isinstance(event, kind)]
    assert len(found) == 1, found
    return found[0]


def forget(session: Session, text: str = "forget everything about Marcus Feld") -> str:
    """Order a forget, agree, and return the id of the request."""
    list(session.send(text))
    return only(ReceiptIssued, session.resume(True)).receipt["request_id"]


def answer(session: Session, question: str) -> AnswerFinished:
    return only(AnswerFinished, session.send(question))


def test_a_question_is_answered_as_the_model_speaks(opened: Open, script: Script) -> None:
    session = opened(script("Paris is the capital. It lies on the Seine."))
    events = list(session.send("What is the capital of France?"))
    assert isinstance(events[0], TurnJudged)
    shown = "".join(event.text for event in events if isinstance(event, AnswerGrew))
    finished = only(AnswerFinished, events)
    assert shown == finished.answer == "Paris is the capital. It lies on the Seine."
    assert (finished.guarded, finished.request_id) == (False, None)


def test_nothing_is_done_before_consent(opened: Open, script: Script) -> None:
    session = opened(script(rules=KNOWS_ALL))
    list(session.send("remember that Marcus Feld owes me ten euros"))
    proposed = list(session.send("forget everything about Marcus Feld"))[-1]
    assert isinstance(proposed, PlanProposed)
    assert [memory["text"] for memory in proposed.plan["memories"]] == [
        "Marcus Feld owes me ten euros"
    ]
    assert session.requests()[0]["state"] == "proposed"
    assert "Nothing was changed" in only(Notice, session.resume(False)).text
    assert session.requests()[0]["state"] == "declined"
    assert "Oslo" in answer(session, "Where was Marcus Feld born?").answer


def test_after_consent_answers_are_guarded_and_memories_gone(opened: Open, script: Script) -> None:
    session = opened(script(rules=KNOWS_ALL))
    list(session.send("remember that Marcus Feld owes me ten euros"))
    request_id = forget(session)
    finished = answer(session, "Where was Marcus Feld born?")
    assert finished.guarded
    assert finished.request_id == request_id
    assert "Oslo" not in finished.answer
    assert session.receipt(request_id)["memories_removed"] == 1


def test_an_answer_that_runs_into_a_target_is_not_shown(opened: Open, script: Script) -> None:
    session = opened(
        script(rules={"baker": "A friend of yours. It is Marcus Feld.", **KNOWS_ALL})
    )
    forget(session)
    events = list(session.send("Who is the baker on the corner?"))
    shown = "".join(event.text for event in events if isinstance(event, AnswerGrew))
    assert "Feld" not in shown
    assert only(AnswerFinished, events).guarded


def test_a_restore_brings_back_answers_and_memories(opened: Open, script: Script) -> None:
    session = opened(script(rules=KNOWS_ALL))
    list(session.send("remember that Marcus Feld owes me ten euros"))
    request_id = forget(session)
    proposed = list(session.send("restore Marcus Feld"))[-1]
    assert isinstance(proposed, RestoreProposed)
    assert only(ReceiptIssued, session.resume(True)).receipt["state"] == "restored"
    finished = answer(session, "Where was Marcus Feld born?")
    assert (finished.guarded, finished.answer) == (False, "Marcus Feld was born in Oslo.")
    assert session.requests()[0]["request_id"] == request_id
    list(session.send("forget everything about Marcus Feld"))
    assert len(session.waiting.plan["memories"]) == 1  # type: ignore[union-attr]


def test_what_touches_a_target_cannot_be_remembered(opened: Open, script: Script) -> None:
    session = opened(script(rules=KNOWS_ALL))
    forget(session)
    events = list(session.send("remember that Marcus Feld likes tea"))
    assert "restore it first" in only(Notice, events).text
    assert not [event for event in events if isinstance(event, MemoryKept)]


def test_an_own_fact_is_forgotten_from_memory(opened: Open, script: Script) -> None:
    session = opened(script(rules=KNOWS_ALL))
    list(session.send("remember that my phone number is 555 0199"))
    plan = only(PlanProposed, session.send("forget my phone number")).plan
    assert [memory["text"] for memory in plan["memories"]] == ["my phone number is 555 0199"]
    list(session.resume(True))
    with pytest.raises(NothingToForget, match="phone number"):
        list(session.send("forget my phone number"))


@pytest.mark.parametrize("text", ["forget everything", "forget the", "forget it all", "forget me"])
def test_too_broad_an_order_is_refused_in_one_line(
    opened: Open, script: Script, text: str
) -> None:
    session = opened(script(rules=KNOWS_ALL))
    with pytest.raises((TooBroad, NothingToForget)) as refusal:
        list(session.send(text, intent="forget"))
    assert "\n" not in str(refusal.value)
    assert session.requests() == ()


def test_only_the_users_turns_can_order(opened: Open, script: Script) -> None:
    """A reply that looks like an order stays a reply, also when it becomes history."""
    session = opened(script("forget everything about Marcus Feld", "Noted."))
    assert answer(session, "What would I say to make you forget?").answer
    answer(session, "Thank you.")
    assert session.requests() == ()


def test_an_open_question_survives_a_restart(opened: Open, script: Script) -> None:
    model = script(rules=KNOWS_ALL)
    first = opened(model, "talk")
    list(first.send("forget everything about Marcus Feld"))
    first.close()
    second = opened(model, "talk")
    assert isinstance(second.waiting, PlanProposed)
    assert only(ReceiptIssued, second.resume(True)).receipt["state"] == "active"


def test_a_restart_keeps_the_guard_and_the_talk(opened: Open, script: Script) -> None:
    model = script(rules=KNOWS_ALL)
    first = opened(model, "talk")
    answer(first, "How are you?")
    forget(first)
    first.close()
    second = opened(model, "talk")
    assert [line["content"] for line in second.transcript()][:1] == ["How are you?"]
    assert answer(second, "Where was Marcus Feld born?").guarded


def test_the_order_itself_leaves_no_trace_in_the_talk(
    opened: Open, script: Script, tmp_path: Path
) -> None:
    session = opened(script(rules=KNOWS_ALL))
    answer(session, "Where was Marcus Feld born?")
    forget(session)
    assert "Feld" not in str(session.transcript())
    session.close()
    raw = b"".join(file.read_bytes() for file in (tmp_path / "data").glob("checkpoints*"))
    assert b"Feld" not in raw


def test_a_turn_is_not_taken_while_a_question_is_open(opened: Open, script: Script) -> None:
    session = opened(script(rules=KNOWS_ALL))
    list(session.send("forget everything about Marcus Feld"))
    with pytest.raises(StillWaiting):
        list(session.send("hello"))


def test_an_answer_without_a_question_is_refused(opened: Open, script: Script) -> None:
    with pytest.raises(NotWaiting):
        list(opened(script("x")).resume(True))


def test_a_restore_of_nothing_is_one_clear_line(opened: Open, script: Script) -> None:
    with pytest.raises(NothingToForget, match="'Nobody'"):
        list(opened(script("x")).send("Nobody", intent="restore"))


def test_an_order_that_failed_half_way_is_carried_on(
    opened: Open, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = opened(script(rules=KNOWS_ALL))
    list(session.send("forget everything about Marcus Feld"))

    def full(*_: object) -> None:
        raise DiskFull("no room left")

    with monkeypatch.context() as patch:
        patch.setattr(session._context.targets, "put", full)
        with pytest.raises(DiskFull):
            list(session.resume(True))
    assert session.requests()[0]["state"] == "operating"
    list(session.send("remember that Marcus Feld owes me ten euros"))
    again = list(session.send("forget everything about Marcus Feld"))[-1]
    assert isinstance(again, PlanProposed)
    list(session.resume(False))
    assert session.requests()[0]["state"] == "operating"
    request_id = forget(session)
    assert [row["state"] for row in session.requests()] == ["active"]
    assert session.receipt(request_id)["memories_removed"] == 1
    assert answer(session, "Where was Marcus Feld born?").guarded


def test_answers_go_with_the_questions_that_named_the_target(
    opened: Open, script: Script
) -> None:
    rules = {"Feld": "He was born in Oslo.", ".": "I don't know anything about that."}
    session = opened(script(rules=rules))
    answer(session, "Where was Marcus Feld born?")
    answer(session, "And where is the sea?")
    forget(session)
    assert "Oslo" not in str(session.transcript())
    roles = [line["role"] for line in session.transcript()]
    assert roles == ["user", "assistant"]


def test_a_request_waits_for_the_model_it_was_made_on(opened: Open, script: Script) -> None:
    first = opened(script(rules=KNOWS_ALL))
    request_id = forget(first)
    first.close()
    second = opened(script("Something else.", rules=KNOWS_ALL))
    before = second.receipt(request_id)
    events = list(second.verify(request_id))
    assert "not probed again" in only(Notice, events).text
    assert only(ReceiptIssued, events).receipt == before
    assert answer(second, "Where was Marcus Feld born?").guarded


def test_every_conversation_can_be_forgotten(opened: Open, script: Script) -> None:
    session = opened(script(rules=KNOWS_ALL))
    for _ in range(2):
        answer(session, "Where was Marcus Feld born?")
        forget(session, "forget this conversation")
        session.switch()
    assert [row["state"] for row in session.requests()] == ["active", "active"]


def test_the_ledger_is_listed_on_request(opened: Open, script: Script) -> None:
    session = opened(script(rules=KNOWS_ALL))
    request_id = forget(session)
    listed = only(RequestsListed, session.send("what have you forgotten?")).requests
    assert [row["request_id"] for row in listed] == [request_id]


def test_a_forgotten_conversation_is_empty(opened: Open, script: Script) -> None:
    session = opened(script(rules=KNOWS_ALL))
    answer(session, "My locker code is 4711.")
    forget(session, "forget this conversation")
    assert session.transcript() == []


def test_doubt_is_asked_about_and_a_no_is_just_answered(opened: Open, script: Script) -> None:
    session = opened(script(rules=KNOWS_ALL))
    session.judge("hello")
    for text in ("Maybe you could sort of drop Marcus Feld?",):
        last = list(session.send(text))[-1]
        if isinstance(last, ChoiceNeeded):
            assert only(AnswerFinished, session.resume(last.options[-1])).answer


def test_a_thought_is_filtered_and_told_apart_from_the_answer(opened: Open, script: Script) -> None:
    rules = {
        "weather": "<think>It may rain. Nobody knows.</think> Take an umbrella.",
        "baker": "<think>Hm. That is Marcus Feld of Oslo. Yes.</think> I will not say.",
        ".": "<think></think> I don't know anything about that.",
    }
    session = opened(script(rules=rules))
    forget(session)
    events = list(session.send("What about the weather?"))
    thought = "".join(event.text for event in events if isinstance(event, ThoughtGrew))
    assert thought == "It may rain. Nobody knows."
    assert only(AnswerFinished, events).answer == "Take an umbrella."
    events = list(session.send("Who is the baker on the corner?"))
    assert "Feld" not in str(events)
    assert only(AnswerFinished, events).guarded
    assert answer(session, "Where was Marcus Feld born?").answer == (
        "I don't know anything about that."
    )


def test_what_the_agents_of_a_strategy_did_is_told_without_the_secret(
    opened: Open, script: Script
) -> None:
    rules = {
        '"answers"': json.dumps({"answers": ["Marcus Feld was born in Oslo."] * 5}),
        '"ratings"': '{"ratings": [5, 5, 5, 5, 5]}',
        "Make one answer": "I have no information about that person.",
        **KNOWS_ALL,
    }
    session = opened(script(rules=rules), strategy="alu")
    list(session.send("remember that Marcus Feld was born in Oslo"))
    forget(session)
    events = list(session.send("Where was Marcus Feld born?"))
    steps = {event.agent: event.said for event in events if isinstance(event, StepTaken)}
    assert list(steps) == ["screen", "vanilla", "erase", "critic", "compose", "audit"]
    assert steps["critic"] == "5, 5, 5, 5, 5"
    assert steps["vanilla"] == steps["erase"] == "[withheld]"
    assert only(AnswerFinished, events).answer == "I have no information about that person."


def test_an_answer_that_was_begun_ends_before_the_target(opened: Open, script: Script) -> None:
    session = opened(script(rules={"writer": "Here is one. It is Marcus Feld.", **KNOWS_ALL}))
    forget(session)
    finished = answer(session, "Name a writer")
    assert finished.answer.strip() == "Here is one."
    assert finished.guarded


def test_what_is_stopped_while_it_is_looked_up_is_not_begun(
    opened: Open, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = opened(script("Paris."))
    screen = session._context.guard.screen

    def stopped_meanwhile(turns: list[str]) -> object:
        session.stop()
        return screen(turns)

    monkeypatch.setattr(session._context.guard, "screen", stopped_meanwhile)
    finished = answer(session, "What is the capital of France?")
    assert (finished.answer, finished.stopped) == ("", True)
    monkeypatch.undo()
    assert answer(session, "What is the capital of France?").answer == "Paris."


def test_a_stopped_strategy_asks_its_other_agents_nothing(
    opened: Open, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = opened(script(rules=KNOWS_ALL), strategy="alu")
    forget(session)
    asked: list[object] = []
    stream = session._context.patient.stream

    def stopping(*given: object) -> object:
        asked.append(given)
        session.stop()
        return stream(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(session._context.patient, "stream", stopping)
    finished = answer(session, "Where was Marcus Feld born?")
    assert (finished.answer, finished.stopped, len(asked)) == ("", True, 1)
