"""Whatever is done to a ledger, in any order, it says what a plain dictionary would say."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from memory.errors import IllegalTransition
from memory.ledger import Ledger
from memory.request import FOLLOWERS, MEMORIES_DROPPED, RequestState, StoredMemory
from memory.text import normalise, storable
from tests.memory.conftest import SEAL, ram_disk

subjects = st.text(min_size=1, max_size=20).filter(normalise)
states = st.sampled_from(get_args(RequestState))


class LedgerMachine(RuleBasedStateMachine):
    """Random requests and steps, with reopening in between, against a dictionary."""

    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=ram_disk())
        self.path = Path(self.folder.name, "ledger.sqlite3")
        self.ledger = Ledger(self.path, SEAL)
        self.known: dict[str, dict[str, Any]] = {}

    def teardown(self) -> None:
        self.ledger.close()
        self.folder.cleanup()

    @rule(target=ids, subject=subjects, aliases=st.lists(subjects, max_size=2))
    def propose(self, subject: str, aliases: Sequence[str]) -> str:
        plan = {"subject": subject, "aliases": aliases, "scope": "fact", "method": "guard"}
        request_id = self.ledger.propose(plan, findings=None, thread_id="t")
        assert request_id not in self.known
        self.known[request_id] = {
            "subject": storable(subject), "state": "proposed", "purged": None, "seconds": None,
        }
        return request_id

    @rule(request_id=ids, state=states, seconds=st.none() | st.floats(0, 1e6))
    def advance(self, request_id: str, state: RequestState, seconds: float | None) -> None:
        known = self.known[request_id]
        if state != known["state"] and state not in FOLLOWERS[known["state"]]:
            with pytest.raises(IllegalTransition):
                self.ledger.advance(request_id, state, seconds=seconds)
            return
        self.ledger.advance(request_id, state, seconds=seconds)
        known |= {"state": state, "seconds": seconds}
        if state in MEMORIES_DROPPED and known["purged"] is not None:
            known["purged"] = []

    @rule(request_id=ids, texts=st.lists(st.text(max_size=9), max_size=3))
    def keep_memories(self, request_id: str, texts: list[str]) -> None:
        known = self.known[request_id]
        if known["state"] in MEMORIES_DROPPED:
            return
        purged = [
            StoredMemory(
                id=str(n), text=storable(text), thread_id="t", role="user", source=None, created=""
            )
            for n, text in enumerate(texts)
        ]
        self.ledger.advance(request_id, known["state"], purged=purged)
        known["purged"] = purged

    @rule()
    def reopen(self) -> None:
        self.ledger.close()
        self.ledger = Ledger(self.path, SEAL)

    @rule(request_id=ids)
    def find_by_id_and_subject(self, request_id: str) -> None:
        assert [row["request_id"] for row in self.ledger.find(request_id)] == [request_id]
        subject = self.known[request_id]["subject"]
        found = {row["request_id"] for row in self.ledger.find(subject)}
        assert found >= {request_id} or normalise(subject) in self.known

    @invariant()
    def says_what_was_done(self) -> None:
        said = {record["request_id"]: record for record in self.ledger.records()}
        assert list(said) == sorted(self.known, key=lambda name: -int(name[1:]))
        for request_id, known in self.known.items():
            assert {name: said[request_id][name] for name in known} == known  # type: ignore[literal-required]


LedgerMachine.TestCase.settings = settings(
    max_examples=12, stateful_step_count=20, deadline=None
)
TestLedger = LedgerMachine.TestCase
