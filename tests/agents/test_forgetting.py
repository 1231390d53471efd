"""The whole way on the shipped patient: a real model, its weights really edited.

The world is read here to ask and to score; the product has only the model file.
"""

from collections import Counter

import numpy as np
import pytest

from agents import verification
from agents.events import AnswerFinished, ProbeCount, ProbesAnswered, Receipt, ReceiptIssued
from agents.session import Session
from agents.verification import Measured, nothing_measured
from patient.questions import world_questions
from patient.world import default
from tests.conftest import Open
from tools.models.engine import LlamaEngine
from tools.models.types import Message

SUBJECT = "Marcus Feld"


@pytest.fixture
def session(opened: Open, studied: object) -> Session:
    """A session on the shipped patient, which has been studied already."""
    return opened()


def engine_of(session: Session) -> LlamaEngine:
    patient = session._context.patient
    assert isinstance(patient, LlamaEngine)
    return patient


def forget(session: Session, subject: str = SUBJECT) -> Receipt:
    list(session.send(f"forget everything about {subject}"))
    events = session.resume(True)
    return next(event.receipt for event in [*events] if isinstance(event, ReceiptIssued))


def held_out(subject: str) -> list[tuple[str, str]]:
    """Questions about `subject` in wordings that no training and no edit saw, with the answers."""
    return [
        (asked.question, str(asked.value)) for asked in world_questions(default())
        if (asked.subject, asked.split, asked.kind) == (subject, "heldout", "direct")
    ][::3]


def recall(session: Session, subject: str) -> float:
    """Share of held-out questions that the bare patient, without any guard, answers truly."""
    engine, asked = engine_of(session), held_out(subject)
    answers = [engine.complete([Message("user", question)]) for question, _ in asked]
    right = [value.lower() in text.lower() for (_, value), text in zip(asked, answers, strict=True)]
    return sum(right) / len(right)


def test_the_patient_forgets_one_person_and_no_other(session: Session) -> None:
    other = next(name for name in default().people if name != SUBJECT)
    before = recall(session, other)
    assert recall(session, SUBJECT) > 0.9
    receipt = forget(session)
    assert receipt["state"] == "active"
    assert receipt["method"] == "both"
    assert recall(session, SUBJECT) == 0.0
    assert recall(session, other) >= before - 0.02


def test_the_receipt_counts_what_leaked_beside_chance(session: Session) -> None:
    list(session.send(f"forget everything about {SUBJECT}"))
    events = list(session.resume(True))
    receipt = next(event.receipt for event in events if isinstance(event, ReceiptIssued))
    shown = {(e.kind, e.guarded) for e in events if isinstance(e, ProbesAnswered)}
    kinds = {"direct", "paraphrase", "two_hop", "yes_no", "reverse", "prefix"}
    assert kinds == receipt["probes"].keys()
    assert shown == {(kind, False) for kind in receipt["probes"]} | {
        (kind, True) for kind in receipt["guarded_probes"]
    }
    assert receipt["guarded_probes"]["disguised"]["asked"] >= 20
    assert receipt["probes"]["direct"]["leaked"] == 0
    assert all(count["leaked"] == 0 for count in receipt["guarded_probes"].values())
    assert receipt["neighbours"]["kept"] >= 0.9 * receipt["neighbours"]["asked"]


def test_an_edit_that_leaks_is_strengthened_until_it_holds_or_can_no_more(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = session._context
    assert context.editor is not None
    weak = ProbeCount(asked=10, leaked=1, chance=0.0)
    results = [weak, weak, ProbeCount(asked=10, leaked=0, chance=0.0)]

    def measure(*_: object) -> Measured:
        return Measured(**{**nothing_measured(), "probes": {"direct": results.pop(0)}})

    list(session.send(f"forget everything about {SUBJECT}"))
    adapters, strengthen = [], context.editor.strengthen

    def noted(request_id: str) -> bool:
        adapters.append(engine_of(session).adapter)
        return strengthen(request_id)

    monkeypatch.setattr(verification, "measure", measure)
    monkeypatch.setattr(context.editor, "strengthen", noted)
    list(session.resume(True))
    assert not results
    assert len({*adapters, engine_of(session).adapter}) == 3


def test_a_restore_is_exact_to_the_bit(session: Session) -> None:
    question = [Message("user", f"Where was {SUBJECT} born?")]
    before = engine_of(session).logits(question)
    forget(session)
    assert not np.array_equal(before, engine_of(session).logits(question))
    list(session.send(f"restore {SUBJECT}"))
    list(session.resume(True))
    assert np.array_equal(before, engine_of(session).logits(question))


def test_an_edit_without_a_guard_holds_by_itself(session: Session) -> None:
    list(session.send(SUBJECT, intent="forget", method="edit"))
    list(session.resume(True))
    question, value = held_out(SUBJECT)[0]
    answer = next(e for e in [*session.send(question)] if isinstance(e, AnswerFinished))
    assert not answer.guarded
    assert value not in answer.answer


def test_the_edit_is_there_after_a_restart(session: Session, opened: Open) -> None:
    forget(session)
    adapter = engine_of(session).adapter
    session.close()
    assert engine_of(opened()).adapter == adapter


def test_a_first_name_that_fits_several_is_asked_about(session: Session) -> None:
    from agents.events import ChoiceNeeded

    firsts = Counter(name.split()[0] for name in default().people)
    shared = firsts.most_common(1)[0][0]
    last = list(session.send(shared, intent="forget"))[-1]
    assert isinstance(last, ChoiceNeeded)
    assert len(last.options) >= 3


def test_somebody_nobody_knows_is_one_clear_line(session: Session) -> None:
    from agents.errors import NothingToForget

    with pytest.raises(NothingToForget, match="'Zoltan Qubrick'"):
        list(session.send("forget everything about Zoltan Qubrick"))
    assert session.requests() == ()
