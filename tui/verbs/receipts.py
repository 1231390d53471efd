"""`lethe receipts`: what was done, as it was written down then. No model is loaded for it."""

import json
import re
from collections.abc import Callable

from memory.receipts import KeptReceipt, Reading, ReceiptBook
from tui.errors import DONE, NOT_DONE, UsageError
from tui.export import write_new
from tui.markdown import render_markdown
from tui.paths import make_private
from tui.plain import render_plain
from tui.receipts import as_record, as_row, kept_blocks, reading_record, receipts_blocks
from tui.report import count
from tui.verbs.call import Call

HEAD = re.compile("[0-9a-f]{64}")


def receipts(call: Call) -> int:
    """List the receipts, show or export them, or check that they are as they were written."""
    from tui.stores import open_receipts

    with open_receipts(call.settings) as book:
        return ACTIONS[call.arguments.action](call, book)


def _list(call: Call, book: ReceiptBook) -> int:
    reading = book.read()
    record = reading_record(reading) | {"receipts": list(map(as_row, reading.receipts))}
    call.output.result(record, render_plain(receipts_blocks(reading)))
    return NOT_DONE if reading.fault else DONE


def _show(call: Call, book: ReceiptBook) -> int:
    receipt = book.get(call.arguments.number)
    call.output.result(as_record(receipt), render_plain(kept_blocks(receipt)))
    return DONE


def _export(call: Call, book: ReceiptBook) -> int:
    reading, folder = book.read(), call.arguments.folder.expanduser().absolute()
    texts = {
        folder / f"receipt-{receipt.number:04}{suffix}": text
        for receipt in reading.receipts for suffix, text in _texts(receipt).items()
    }
    if there := next((path for path in texts if path.exists()), None):
        raise UsageError(f"{str(there)!r} exists already; name another folder")
    if not folder.exists():
        make_private(folder)
    for path, text in texts.items():
        write_new(path, text)
    record = reading_record(reading) | {"files": list(map(str, texts))}
    number = count(len(reading.receipts), "receipt", "receipts")
    call.output.result(record, f"{number} written to {folder}; head {reading.head}")
    return _told_of_fault(call, reading)


def _verify(call: Call, book: ReceiptBook) -> int:
    reading, head = book.read(), _head(call.arguments.head)
    passed = None if head is None else reading.goes_through(head)
    wrong = reading.fault.line if reading.fault else None
    if passed is False:
        wrong = wrong or f"no receipt has the head {head}: these are other or older receipts"
    number = count(len(reading.receipts), "receipt", "receipts")
    well = f"{number} as they were written; head {reading.head}"
    call.output.result(reading_record(reading) | {"goes_through": passed}, wrong or well)
    return NOT_DONE if wrong else DONE


def _head(given: str | None) -> str | None:
    """A head as it was printed, in whatever case.

    Raises:
        UsageError: it can be none.
    """
    if given is None:
        return None
    head = given.strip().lower()
    if not HEAD.fullmatch(head):
        raise UsageError(f"a head has 64 hexadecimal digits, unlike {given!r}")
    return head


def _texts(receipt: KeptReceipt) -> dict[str, str]:
    """The contents of a receipt's files by the ends of their names."""
    record = json.dumps(as_record(receipt), ensure_ascii=False, indent=2)
    return {".md": render_markdown(kept_blocks(receipt)), ".json": record}


def _told_of_fault(call: Call, reading: Reading) -> int:
    if reading.fault is None:
        return DONE
    call.output.remark(f"lethe: {reading.fault.line}")
    return NOT_DONE


ACTIONS: dict[str | None, Callable[[Call, ReceiptBook], int]] = {
    None: _list, "show": _show, "export": _export, "verify": _verify,
}
