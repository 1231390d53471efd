"""Receipts that last: one for each thing done, that says what was done and quotes nothing."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents import operation, receipts
from agents.errors import OwnerOnly
from agents.receipts import worst
from agents.session import Session
from agents.verification import nothing_measured
from memory.errors import DiskFull
from memory.receipts import KeptReceipt
from tests.agents.test_session import KNOWS_ALL, forget
from tests.conftest import Open
from tools.errors import EditError

Script = Callable[..., str]
MEMORY = "Marcus Feld owes me ten euros"
PROBES = {
    "direct": {"asked": 12, "leaked": 0, "chance": 0.0},
    "prefix": {"asked": 8, "leaked": 4, "chance": 0.25},
    "half_prefix": {"asked": 8, "leaked": 6, "chance": 0.75},
}


@pytest.fixture
def session(opened: Open, script: Script) -> Session:
    """A session that was told one thing about somebody."""
    session = opened(script(rules=KNOWS_ALL))
    list(session.send(f"remember that {MEMORY}"))
    return session


def kept(session: Session) -> Sequence[KeptReceipt]:
    """The receipts of a book that must be sound."""
    reading = session.receipts()
    assert reading.fault is None
    return reading.receipts


def events(session: Session) -> list[str]:
    return [receipt.event for receipt in kept(session)]


def restore(session: Session) -> None:
    list(session.send("restore Marcus Feld"))
    list(session.resume(True))


def propose(session: Session, **fields: Any) -> str:
    """A request as the surgeon would write it down, of which nothing is done yet."""
    plan: Any = {
        "request_id": "", "subject": "Marcus Feld", "aliases": [], "scope": "entity",
        "method": "guard", "memories": [], "facts": [], "neighbours": [], "steps": [],
        "warnings": [], "model": session._context.patient.info.fingerprint,
    } | {name: value for name, value in fields.items() if name != "findings"}
    findings = fields.get("findings")
    return session._context.ledger.propose(plan, findings=findings, thread_id="t")


def test_a_receipt_says_what_was_asked_found_done_and_left(session: Session) -> None:
    forget(session)
    (receipt,) = kept(session)
    assert (receipt.request_id, receipt.event) == ("r1", "forgotten")
    body = receipt.body
    assert body["state"] == "active"
    assert body["asked"] == {"subject": "Marcus Feld", "scope": "entity", "method": "guard"}
    assert body["found"]["memories"] == 1
    assert (body["done"]["memories_before"], body["done"]["memories_after"]) == (1, 0)
    assert body["done"]["steps"] == [receipts.REMOVED, receipts.GUARDED]
    assert operation.NOT_PROBED in body["not_erased"]
    assert operation.KEPT_IN_RECEIPTS in body["not_erased"]


def test_a_restore_has_a_receipt_of_its_own(session: Session) -> None:
    forget(session)
    restore(session)
    assert events(session) == ["forgotten", "restored"]
    body = kept(session)[1].body
    assert (body["done"]["memories_before"], body["done"]["memories_after"]) == (0, 1)
    assert body["measured"]["probes"] == {}
    assert body["not_erased"] == []


def test_receipts_outlive_the_program_and_are_not_written_again(
    session: Session, opened: Open, script: Script
) -> None:
    forget(session)
    before = kept(session)
    session.close()
    for _ in range(2):
        again = opened(script(rules=KNOWS_ALL))
        assert kept(again) == before
        again.close()


def test_a_receipt_that_could_not_be_written_is_made_good_at_the_next_start(
    session: Session, opened: Open, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise DiskFull("no room left")

    list(session.send("forget everything about Marcus Feld"))
    with monkeypatch.context() as patch:
        patch.setattr("memory.receipts.ReceiptBook.append", full)
        with pytest.raises(DiskFull):
            list(session.resume(True))
    assert session.requests()[0]["state"] == "active"
    assert events(session) == []
    session.close()
    assert events(opened(script(rules=KNOWS_ALL))) == ["forgotten"]


def test_a_new_measurement_that_was_not_written_is_made_good(session: Session) -> None:
    forget(session)
    context = session._context
    record = context.ledger.get("r1")
    later = {**record, "updated": "2999-01-01T00:00:00+00:00"}
    assert receipts.due(context, record) is None
    assert receipts.due(context, later) == "verified again"  # type: ignore[arg-type]


def test_a_failed_edit_has_a_receipt_that_says_why(session: Session) -> None:
    class Refusing:
        def operate(self, *_: object) -> None:
            raise EditError("no stranger's name is as long as 'Marcus Feld' to the model")

    editor: Any = Refusing()
    context = replace(session._context, editor=editor)
    request_id = propose(session, method="edit")
    with pytest.raises(EditError):
        operation.operate(context, request_id, lambda *_: None)
    (receipt,) = kept(session)
    assert (receipt.event, receipt.body["state"]) == ("failed", "failed")
    assert receipt.body["not_erased"][0].endswith("as long as 'Marcus Feld' to the model")
    operation.keep_receipts(context)
    assert events(session) == ["failed"]


def test_what_waits_for_its_model_has_a_receipt_of_the_purge_and_later_its_own(
    session: Session,
) -> None:
    context = session._context
    request_id = propose(session, method="both", model="another")
    context.ledger.advance(request_id, "approved")
    for _start in range(2):
        operation.recover(context, lambda *_: None)
    assert events(session) == ["purged"]
    body = kept(session)[0].body
    assert body["done"]["steps"] == [receipts.REMOVED, receipts.GUARDED, receipts.WAITING]
    plan = {**context.ledger.get(request_id)["plan"], "model": context.patient.info.fingerprint}
    context.ledger.advance(request_id, "operating", plan=plan)
    for _start in range(2):
        operation.recover(context, lambda *_: None)
    assert events(session) == ["purged", "forgotten"]
    assert kept(session)[1].body["done"]["method"] == "guard"


def test_a_reason_that_quotes_what_was_forgotten_is_withheld(session: Session) -> None:
    request_id = propose(session, findings={"values": ["Oslo"]})
    row = session._context.ledger.get(request_id)
    lines = ["the weights were not edited: 'Oslo' has no stranger", "backups in Oslo"]
    assert receipts.without_secrets(lines, row) == [receipts.WITHHELD, "backups in Oslo"]


@given(
    facts=st.lists(st.text("äöüßñçþø", min_size=4), max_size=4),
    values=st.lists(st.text("жщшюя", min_size=4), max_size=4),
    memories=st.lists(st.text("あいうえお", min_size=4), max_size=4),
    event=st.sampled_from(["forgotten", "verified again", "failed", "purged", "restored"]),
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_fact_value_or_memory_is_in_a_receipt(
    session: Session, facts: list[str], values: list[str], memories: list[str], event: Any
) -> None:
    def body(facts: Sequence[str], values: Sequence[str], memories: Sequence[str]) -> str:
        found = [{"id": f"m{n}", "text": text, "score": 1.0} for n, text in enumerate(memories)]
        findings = {"facts": list(facts), "values": list(values), "leads": list(facts)}
        warned = [f"the weights were not edited: {text!r}" for text in (*facts, *values)]
        row: Any = session._context.ledger.get(propose(
            session, facts=list(facts), memories=found, warnings=warned, findings=findings,
        )) | {"purged": found, "request_id": "r1", "updated": ""}  # fmt: skip
        receipt = operation.receipt_of(session._context, "r1")
        receipt["not_erased"] = operation.not_erased(row)
        return json.dumps(
            receipts.body_of(session._context, row, receipt, event), ensure_ascii=False
        )

    told = body(facts, values, memories)
    for secret in (*facts, *values, *memories):
        assert secret not in told
    others = (["x" * len(text) for text in texts] for texts in (facts, values, memories))
    assert body(*others) == told, "something of what was forgotten shows"


def test_the_worst_attack_is_the_one_furthest_above_chance() -> None:
    assert worst(PROBES) == {"kind": "prefix", "asked": 8, "leaked": 4, "chance": 0.25}  # type: ignore[arg-type]
    assert worst({}) is None


def test_a_new_measurement_stands_beside_the_one_before(session: Session) -> None:
    request_id, context = forget(session), session._context
    for leaked in (4, 2):
        probes = {**PROBES, "prefix": {**PROBES["prefix"], "leaked": leaked}}
        context.ledger.advance(
            request_id, "active", measured={**nothing_measured(), "probes": probes}
        )
        operation.issued(context, request_id, "verified again")
    first, second = (receipt.body["measured"] for receipt in kept(session)[1:])
    assert (first["before"], first["after"]) == (None, {"asked": 28, "leaked": 10})
    assert (second["before"], second["after"]) == (first["after"], {"asked": 28, "leaked": 8})
    assert first["worst"]["kind"] == "prefix"


def test_copies_on_the_disk_are_part_of_a_receipt_where_they_are_counted(session: Session) -> None:
    class Counting:
        def copies(self, terms: Sequence[str]) -> dict[str, int]:
            return {"memories": 0, "conversations": terms.count("Marcus Feld")}

        def scan(self, texts: Sequence[str]) -> NoReturn:
            raise AssertionError(texts)

    session._context = replace(session._context, scanner=Counting())
    forget(session)
    restore(session)
    forgotten, restored = kept(session)
    assert forgotten.body["scan"] == {"memories": 0, "conversations": 1}
    assert "scan" not in restored.body


def test_a_guest_sees_no_receipts(opened: Open, script: Script) -> None:
    with pytest.raises(OwnerOnly):
        opened(script(rules=KNOWS_ALL), guest=True).receipts()
