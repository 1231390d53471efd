"""The ledger: any sequence of steps, the illegal ones too, and any damage to its file and rows.

What was taken in is there when it is opened again, or the file is refused; never silently less.
"""

import sqlite3
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import Any, get_args

from hypothesis import strategies as st

from bench.fuzz.target import Lost, Target, one_line, scratch
from bench.fuzz.texts import TEXT, damaged
from memory.errors import IllegalTransition, MemoryFault, TextEmpty, UnknownRequest
from memory.key import fleeting
from memory.ledger import Ledger
from memory.request import FOLLOWERS, MEMORIES_DROPPED, RequestState
from memory.text import normalise, storable

STATES = get_args(RequestState)
WAY: tuple[RequestState, ...] = ("approved", "operating", "verified", "active")
MEMORY = {"id": "m1", "text": "He lives in Oslo", "thread_id": "t", "role": "user",
          "source": None, "created": "2026-01-01T00:00:00+00:00"}  # fmt: skip
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("propose"), TEXT, st.lists(TEXT, max_size=2)),
        st.tuples(st.just("advance"), st.integers(0, 5), st.sampled_from(STATES)),
        st.tuples(st.just("keep"), st.integers(0, 5), TEXT),
        st.tuples(st.just("get"), TEXT, st.none()),
        st.tuples(st.just("find"), TEXT, st.none()),
        st.tuples(st.just("reopen"), st.none(), st.none()),
    ),
    max_size=14,
)
COLUMNS = st.sampled_from(["state", "label", "body"])
SEAL = fleeting()
CELL = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.binary(max_size=20),
    TEXT.map(storable),
    st.sampled_from(["[]", "{}", "5", '"x"', "[1]", "null", "[[]]", "[{}]", '{"a": 1}',
                     "[" * 3000, "NaN"]),
)  # fmt: skip


def check_steps(steps: list[tuple[str, Any, Any]]) -> None:
    """The steps against a dictionary."""
    path = _fresh()
    book = _Book(path)
    try:
        for kind, first, second in steps:
            getattr(book, kind)(first, second)
        book.reopen()
        book.compare()
    finally:
        book.ledger.close()


class _Book:
    """A ledger, and what it was told."""

    def __init__(self, path: Path) -> None:
        self.path, self.ledger = path, Ledger(path, SEAL)
        self.known: dict[str, tuple[str, RequestState]] = {}

    def propose(self, subject: str, aliases: list[str]) -> None:
        plan = {"subject": subject, "aliases": aliases, "scope": "fact", "method": "guard"}
        try:
            request_id = self.ledger.propose(plan, findings=None, thread_id="t")
        except TextEmpty as error:
            one_line(str(error))
            assert not normalise(subject)
            return
        assert request_id not in self.known, "one id for two requests"
        self.known[request_id] = storable(subject), "proposed"

    def advance(self, number: int, state: RequestState) -> None:
        request_id = f"r{number}"
        try:
            self.ledger.advance(request_id, state)
        except UnknownRequest:
            assert request_id not in self.known
        except IllegalTransition as error:
            one_line(str(error))
            legal = state in FOLLOWERS[self.known[request_id][1]]
            assert not legal, f"a legal step was refused: {error}"  # noqa: PT017
        else:
            self.known[request_id] = self.known[request_id][0], state

    def keep(self, number: int, text: str) -> None:
        request_id = f"r{number}"
        if request_id in self.known and self.known[request_id][1] not in MEMORIES_DROPPED:
            state = self.known[request_id][1]
            self.ledger.advance(request_id, state, purged=[{**MEMORY, "text": text}])

    def get(self, request_id: str, _: None) -> None:
        with suppress(UnknownRequest):
            assert self.ledger.get(request_id)["request_id"] in self.known

    def find(self, text: str, _: None) -> None:
        assert {row["request_id"] for row in self.ledger.find(text)} <= self.known.keys()

    def reopen(self, *_: None) -> None:
        self.ledger.close()
        self.ledger = Ledger(self.path, SEAL)

    def compare(self) -> None:
        found = {r["request_id"]: (r["subject"], r["state"]) for r in self.ledger.records()}
        if missing := self.known.keys() - found.keys():
            raise Lost(f"not in the ledger any more: {sorted(missing)}")
        assert found == self.known


@cache
def a_ledger() -> bytes:
    """A file of three requests, one of them with purged memories."""
    path = _fresh()
    with closing(Ledger(path, SEAL)) as ledger:
        for subject in ("Marcus Feld", "Anna Berg", "the glazier"):
            plan = {"subject": subject, "aliases": ["A."], "scope": "fact", "method": "guard"}
            ledger.propose(plan, findings={"twins": ["Jo Ray"]}, thread_id="t")
        for state in WAY:
            ledger.advance("r1", state, purged=[MEMORY])
    return path.read_bytes()


def check_damaged_file(data: bytes) -> None:
    """A file that something happened to is read whole or refused; empty, it is a new ledger."""
    path = _fresh()
    path.write_bytes(data)
    count = _read_all(path)
    if data and count is not None and count < 3:
        raise Lost(f"{count} of 3 requests were read and nothing was said")


def check_damaged_row(damage: tuple[str, object]) -> None:
    """A row that something happened to is refused, or makes sense."""
    column, value = damage
    path = _fresh()
    path.write_bytes(a_ledger())
    change = f"UPDATE requests SET {column} = ? WHERE number = 1"  # noqa: S608 - ours  # nosec B608
    with (
        closing(sqlite3.connect(path)) as connection, suppress(sqlite3.IntegrityError), connection
    ):
        connection.execute(change, (value,))
    count = _read_all(path)
    if count is not None and count < 3:
        raise Lost(f"{count} of 3 requests were read and nothing was said")


def _read_all(path: Path) -> int | None:
    """How many requests a ledger tells of, None if it refuses; steps are tried too."""
    try:
        with closing(Ledger(path, SEAL)) as ledger:
            records = ledger.records()
            ledger.rows(), ledger.forgotten(), ledger.unfinished()
            for text in ("Feld", "r2", "nobody"):
                ledger.find(text)
            for record in records:
                with suppress(IllegalTransition):
                    ledger.advance(record["request_id"], "restoring")
            return len(records)
    except MemoryFault as error:
        one_line(str(error))
        return None


def _fresh() -> Path:
    path = scratch() / "ledger.sqlite3"
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    return path


def ledger_targets() -> list[Target]:
    """Steps, damaged files, damaged rows."""
    return [
        Target("ledger: steps", STEPS, check_steps, 3),
        Target("ledger: damaged file", damaged(a_ledger()), check_damaged_file, 5),
        Target("ledger: damaged row", st.tuples(COLUMNS, CELL), check_damaged_row, 4),
    ]
