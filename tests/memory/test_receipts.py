"""The book of receipts: sealed, in an order that cannot be changed unnoticed, each receipt once."""

import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.errors import MemoryFault, SealBroken, StoreCorrupt, UnknownReceipt
from memory.receipts import START, Fault, Reading, ReceiptBook
from memory.sealing import Seal
from tests.memory.conftest import ram_disk, sidecars

SEAL = Seal(bytes(range(32)))
COLUMNS = ("request_id", "created", "event", "content", "body", "previous", "digest")
MANY = 5
"""Receipts in the books that are tampered with."""


@contextmanager
def book_of(count: int = MANY) -> Iterator[Path]:
    """A fresh file with so many receipts."""
    with tempfile.TemporaryDirectory(dir=ram_disk()) as folder:
        path = Path(folder, "receipts.sqlite3")
        with closing(ReceiptBook(path, SEAL)) as book:
            for number in range(count):
                book.append(f"r{number}", "forgotten", {"subject": f"Marcus Feld {number}"})
        yield path


def read(path: Path, seal: Seal = SEAL) -> Reading:
    with closing(ReceiptBook(path, seal)) as book:
        return book.read()


def tamper(path: Path, *statements: str) -> None:
    """Change the file as somebody can who has it and not the key."""
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def first_bad(path: Path) -> int | None:
    fault = read(path).fault
    return fault and fault.number


def test_receipts_come_back_in_order() -> None:
    with book_of() as path:
        reading = read(path)
        assert [receipt.number for receipt in reading.receipts] == [1, 2, 3, 4, 5]
        assert reading.receipts[2].body == {"subject": "Marcus Feld 2"}
        assert (reading.receipts[2].request_id, reading.receipts[2].event) == ("r2", "forgotten")
        assert reading.fault is None
        assert reading.head == reading.receipts[-1].digest


def test_an_empty_book_is_sound() -> None:
    with book_of(0) as path:
        assert read(path) == Reading((), None)
        assert read(path).head == START


def test_one_receipt_by_its_number_and_the_last_of_a_request(tmp_path: Path) -> None:
    with closing(ReceiptBook(tmp_path / "book", SEAL)) as book:
        assert book.latest("r1") is None
        book.append("r1", "forgotten", {"leaked": 0})
        book.append("r2", "forgotten", {})
        book.append("r1", "restored", {"leaked": 0})
        found = book.latest("r1")
        assert found is not None
        assert (found.number, found.event) == (3, "restored")
        assert book.get(3) == found
        with pytest.raises(UnknownReceipt, match="no receipt 4"):
            book.get(4)


def test_nothing_of_a_body_can_be_seen_in_the_file() -> None:
    with book_of() as path:
        assert b"Marcus" not in sidecars(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_same_receipt_is_written_once(tmp_path: Path) -> None:
    with closing(ReceiptBook(tmp_path / "book", SEAL)) as book:
        assert [book.append("r1", "forgotten", {"leaked": 0}) for _ in range(3)] == [1, 1, 1]
        assert book.append("r1", "forgotten", {"leaked": 1}) == 2
        assert book.append("r1", "restored", {"leaked": 1}) == 3
        assert book.append("r2", "forgotten", {"leaked": 1}) == 4
        assert len(book.read().receipts) == 4


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner)
    | st.dictionaries(st.text(), inner), max_leaves=8,
))  # fmt: skip
@settings(max_examples=30)
def test_any_plain_body_comes_back(value: object) -> None:
    with book_of(0) as path, closing(ReceiptBook(path, SEAL)) as book:
        book.append("r1", "forgotten", {"value": value})
        assert book.read().receipts[0].body == {"value": value}


@given(number=st.integers(1, MANY), column=st.sampled_from(COLUMNS), draw=st.data())
@settings(max_examples=150, deadline=None)
def test_any_changed_byte_is_noticed_and_the_receipt_named(
    number: int, column: str, draw: st.DataObject
) -> None:
    with book_of() as path:
        with closing(sqlite3.connect(path)) as connection:
            (value,) = connection.execute(
                f"SELECT CAST({column} AS BLOB) FROM receipts WHERE number = {number}"
            ).fetchone()
            changed = bytearray(value)
            where = draw.draw(st.integers(0, len(value) - 1))
            changed[where] ^= draw.draw(st.integers(1, 255))
            kind = "BLOB" if column == "body" else "TEXT"
            connection.execute(
                f"UPDATE receipts SET {column} = CAST(? AS {kind}) WHERE number = {number}",
                (bytes(changed),),
            )
            connection.commit()
        reading = read(path)
        assert reading.fault == Fault(number, "was changed")
        assert number not in {receipt.number for receipt in reading.receipts}
        assert len(reading.receipts) == MANY - 1


@given(st.sets(st.integers(1, MANY), min_size=1))
@settings(deadline=None)
def test_any_removal_is_noticed_and_the_first_one_named(gone: set[int]) -> None:
    with book_of() as path:
        numbers = ", ".join(map(str, gone))
        tamper(path, f"DELETE FROM receipts WHERE number IN ({numbers})")
        assert read(path).fault == Fault(min(gone), "is missing")


@given(st.permutations(range(1, MANY + 1)))
@settings(deadline=None)
def test_any_other_order_is_noticed_and_the_first_one_named(order: list[int]) -> None:
    wrong = [place for place, number in enumerate(order, start=1) if place != number]
    with book_of() as path:
        moves = [f"WHEN {number} THEN {place}" for place, number in enumerate(order, start=1)]
        tamper(
            path, "UPDATE receipts SET number = number + 100",
            f"UPDATE receipts SET number = CASE number - 100 {' '.join(moves)} END",
        )
        assert first_bad(path) == (min(wrong) if wrong else None)


@given(left=st.integers(0, MANY - 1))
@settings(deadline=None)
def test_a_cut_off_end_closed_up_is_still_missing(left: int) -> None:
    """Whoever removes the last receipts and renumbers the rest has no head for what is left."""
    with book_of() as path:
        gone = MANY - left
        tamper(
            path, f"DELETE FROM receipts WHERE number <= {gone}",
            f"UPDATE receipts SET number = -(number - {gone})",
            "UPDATE receipts SET number = -number",
        )
        assert first_bad(path) == 1


def test_what_was_cut_off_stays_missing_when_more_is_written() -> None:
    with book_of() as path:
        tamper(path, "DELETE FROM receipts WHERE number > 3")
        with closing(ReceiptBook(path, SEAL)) as book:
            assert book.append("r9", "restored", {}) == MANY + 1
            assert book.read().fault == Fault(4, "is missing")
            assert [one.number for one in book.read().receipts] == [1, 2, 3, 6]


def test_a_receipt_put_in_twice_is_noticed() -> None:
    with book_of() as path:
        columns = ", ".join(column for column in COLUMNS if column != "content")
        tamper(path, f"INSERT INTO receipts (number, content, {columns}) "
                     f"SELECT 6, 'x', {columns} FROM receipts WHERE number = 5")  # fmt: skip
        assert first_bad(path) == 6


@pytest.mark.parametrize("statement", [
    "DELETE FROM head", "UPDATE head SET sealed = x'00'", "UPDATE head SET sealed = 'no'",
])
def test_without_its_head_nobody_knows_whether_the_end_is_there(statement: str) -> None:
    with book_of() as path:
        tamper(path, statement)
        reading = read(path)
        assert reading.fault is not None
        assert reading.fault.line.startswith("receipt 6 may be missing: the head")
        with closing(ReceiptBook(path, SEAL)) as book, pytest.raises(SealBroken, match="head"):
            book.append("r9", "restored", {})


def test_an_older_head_does_not_hide_newer_receipts() -> None:
    with book_of(3) as path:
        with closing(sqlite3.connect(path)) as connection:
            (old,) = connection.execute("SELECT sealed FROM head").fetchone()
        with closing(ReceiptBook(path, SEAL)) as book:
            book.append("r9", "restored", {})
        tamper(path, f"UPDATE head SET sealed = x'{old.hex()}'")
        assert read(path).fault == Fault(4, "is newer than the head of the book")


@pytest.mark.parametrize("table", ["head", "receipts"])
def test_a_book_without_one_of_its_tables_is_refused(table: str) -> None:
    with book_of() as path:
        tamper(path, f"DROP TABLE {table}")
        with pytest.raises(StoreCorrupt, match="not a whole one"):
            ReceiptBook(path, SEAL)


def test_an_older_copy_of_the_whole_book_shows_only_against_a_head_written_down() -> None:
    with book_of(3) as path:
        older = path.read_bytes()
        with closing(ReceiptBook(path, SEAL)) as book:
            book.append("r9", "restored", {})
            written_down = book.read().head
        with closing(ReceiptBook(path, SEAL)) as book:
            book.append("r10", "forgotten", {})
            assert book.read().goes_through(written_down)
        path.write_bytes(older)
        assert read(path).fault is None
        assert not read(path).goes_through(written_down)


def test_with_another_key_nothing_can_be_read() -> None:
    with book_of() as path:
        reading = read(path, Seal(bytes(32)))
        assert (reading.receipts, reading.fault) == ((), Fault(1, "was changed"))
        with closing(ReceiptBook(path, Seal(bytes(32)))) as book, pytest.raises(SealBroken):
            book.get(1)


def test_a_changed_receipt_is_not_shown_and_the_others_are() -> None:
    with book_of() as path:
        tamper(path, "UPDATE receipts SET created = '2001-01-01T00:00:00+00:00' WHERE number = 2")
        with closing(ReceiptBook(path, SEAL)) as book:
            with pytest.raises(SealBroken, match="receipt 2 was changed"):
                book.get(2)
            assert book.get(3).number == 3


@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(1, 255))
@settings(max_examples=150, deadline=None)
def test_a_changed_byte_of_the_file_changes_nothing_or_is_noticed(where: float, bit: int) -> None:
    with book_of() as path:
        before = read(path)
        raw = bytearray(path.read_bytes())
        raw[int(where * len(raw))] ^= bit
        path.write_bytes(raw)
        try:
            after = read(path)
        except MemoryFault:
            return
        assert after == before or after.fault is not None
