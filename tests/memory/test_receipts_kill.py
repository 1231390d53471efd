"""A book killed at any moment holds a receipt whole or not at all, and never twice."""

from contextlib import closing
from pathlib import Path

import pytest

from memory.receipts import ReceiptBook
from memory.sealing import Seal
from tests.memory.conftest import Killed

SCRIPT = """
from pathlib import Path
from memory.receipts import ReceiptBook
from memory.sealing import Seal
for step in {steps!r}:
    if step == "arm":
        arm()
    elif step == "open":
        book = ReceiptBook(Path({path!r}), Seal(bytes(32)))
    else:
        book.append(step, "forgotten", dict(subject="Marcus Feld"))
"""
MOMENTS = [
    (method, when)
    for method in ("_insert", "_set_head", "_head") for when in ("before", "after")
]


def finish(path: Path, written: int) -> None:
    """The killed book is sound with so many receipts, and takes the one that was lost once."""
    with closing(ReceiptBook(path, Seal(bytes(32)))) as book:
        assert len(book.read().receipts) == written
        assert book.read().fault is None
        assert [book.append(f"r{written}", "forgotten", {"subject": "Marcus Feld"})
                for _ in range(2)] == [written + 1] * 2  # fmt: skip
        assert book.read().fault is None


@pytest.mark.parametrize("written", [0, 1, 3])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_receipt_is_written_whole_or_not_at_all(
    tmp_path: Path, killed: Killed, written: int, moment: tuple[str, str]
) -> None:
    path, (method, when) = tmp_path / "receipts.sqlite3", moment
    steps = ["open", *(f"r{number}" for number in range(written)), "arm", f"r{written}"]
    script = SCRIPT.format(path=str(path), steps=steps)
    killed(f"memory.receipts:ReceiptBook.{method}", when, script)
    finish(path, written)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_book_is_made_whole_or_not_at_all(tmp_path: Path, killed: Killed, when: str) -> None:
    path = tmp_path / "receipts.sqlite3"
    script = SCRIPT.format(path=str(path), steps=["arm", "open"])
    killed("memory.receipts:ReceiptBook._set_head", when, script)
    finish(path, 0)


def test_a_written_receipt_survives_and_is_not_written_again(
    tmp_path: Path, killed: Killed
) -> None:
    path = tmp_path / "receipts.sqlite3"
    script = SCRIPT.format(path=str(path), steps=["open", "r0", "arm", "r1"])
    killed("memory.receipts:_now", "before", script)
    with closing(ReceiptBook(path, Seal(bytes(32)))) as book:
        assert book.append("r0", "forgotten", {"subject": "Marcus Feld"}) == 1
    finish(path, 1)
