"""The whole way on the shipped patient: a real model, its weights really edited.

The world is read here to ask and to score; the product has only the model file.
"""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from agents import verification
from agents.errors import NothingToForget, Stopped
from agents.events import (
    AnswerFinished,
    ProbeCount,
    ProbesAnswered,
    Receipt,
    ReceiptIssued,
    WorkAdvanced,
)
from agents.session import Session
from agents.verification import Measured, nothing_measured
from patient.gguf_file import requantise
from patient.questions import world_questions
from patient.world import default
from tests.conftest import Open
from tools.editing.editor import Editor
from tools.errors import AdapterRefused
from tools.models.engine import LlamaEngine
from tools.models.types import Message
from tui.compose import SHIPPED

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
    kinds = {"direct", "paraphrase", "two_hop", "yes_no", "reverse", "prefix", "half_prefix"}
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
    results = [ProbeCount(asked=10, leaked=leaked, chance=0.0) for leaked in (2, 1, 0)]

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


def test_a_stronger_edit_that_is_no_better_is_taken_back(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaking = Measured(
        **{**nothing_measured(), "probes": {"direct": ProbeCount(asked=9, leaked=1, chance=0.0)}}
    )
    monkeypatch.setattr(verification, "measure", lambda *_: nothing_measured())
    forget(session)
    plain = engine_of(session).adapter
    list(session.send(f"restore {SUBJECT}"))
    list(session.resume(True))
    monkeypatch.setattr(verification, "measure", lambda *_: leaking)
    forget(session)
    assert engine_of(session).adapter == plain


def test_without_a_stranger_of_the_same_length_the_guard_stands(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for cases in ("direct_cases", "bare_cases", "lead_cases"):
        monkeypatch.setattr(f"tools.editing.keys.{cases}", lambda *_given: [])
    receipt = forget(session)
    assert (receipt["state"], receipt["method"]) == ("active", "guard")
    assert any("no stranger's name is as long" in line for line in receipt["not_erased"])
    assert engine_of(session).adapter is None
    question, value = held_out(SUBJECT)[0]
    finished = [e for e in session.send(question) if isinstance(e, AnswerFinished)]
    assert value.lower() not in finished[0].answer.lower()


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
    with pytest.raises(NothingToForget, match="'Zoltan Qubrick'"):
        list(session.send("forget everything about Zoltan Qubrick"))
    assert session.requests() == ()


def test_part_of_a_forgotten_name_starts_no_second_request(session: Session) -> None:
    forget(session)
    with pytest.raises(NothingToForget, match="forgotten already"):
        list(session.send("Marcus Feldt", intent="forget"))
    assert len(session.requests()) == 1


def test_a_damaged_edit_is_computed_again_at_the_next_start(
    session: Session, opened: Open, tmp_path: Path
) -> None:
    forget(session)
    adapter = engine_of(session).adapter
    session.close()
    for file in (tmp_path / "data" / "edits").rglob("*"):
        if file.is_file():
            file.write_bytes(b"damaged")
    again = opened()
    assert engine_of(again).adapter == adapter
    assert recall(again, SUBJECT) == 0.0


def test_an_edit_that_cannot_be_plugged_is_kept_and_guarded(
    session: Session, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget(session)
    session.close()
    kept = sorted((tmp_path / "data" / "edits").rglob("*.npz"))

    def refuse(*_: object) -> None:
        raise AdapterRefused("no memory")

    with monkeypatch.context() as patch:
        patch.setattr(Editor, "reconcile", refuse)
        other = opened()
        assert engine_of(other).adapter is None
        question, value = held_out(SUBJECT)[0]
        told = next(e for e in [*other.send(question)] if isinstance(e, AnswerFinished))
        assert told.guarded
        assert value not in told.answer
        other.close()
    assert sorted((tmp_path / "data" / "edits").rglob("*.npz")) == kept != []
    assert engine_of(opened()).adapter is not None


def test_an_edit_of_another_model_file_waits_for_it(
    session: Session, opened: Open, tmp_path: Path
) -> None:
    receipt = forget(session)
    adapter = engine_of(session).adapter
    session.close()
    other_file = tmp_path / "other.gguf"
    requantise(SHIPPED, other_file, "q4_0")
    other = opened(str(other_file))
    assert engine_of(other).adapter is None
    question, value = held_out(SUBJECT)[0]
    told = next(e for e in [*other.send(question)] if isinstance(e, AnswerFinished))
    assert told.guarded
    assert value not in told.answer
    assert other.receipt(receipt["request_id"]) == receipt
    other.close()
    assert engine_of(opened()).adapter == adapter


def test_a_stopped_search_changes_nothing(session: Session) -> None:
    events = session.send(f"forget everything about {SUBJECT}")
    for event in events:
        if isinstance(event, WorkAdvanced):
            session.stop()
            break
    with pytest.raises(Stopped, match="nothing was changed"):
        list(events)
    assert session.requests() == ()
    assert forget(session)["state"] == "active"
