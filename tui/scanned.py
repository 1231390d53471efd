"""What a scan found, as blocks: the terminal and the app say the same."""

from typing import TYPE_CHECKING

from tui.report import Block, Items, Paragraph, Table, count

if TYPE_CHECKING:
    from memory.scan import Report

READERS = {"anybody": "anybody", "key": "you, with your key"}
NO_VECTORS = "not searched: the embedder is not in the cache; it comes with the first start"


def scan_blocks(text: str, report: "Report") -> list[Block]:
    """The part of a report that is about one text."""
    rows = tuple(
        (row["store"], row["form"], str(row["count"]), READERS[row["readable"]])
        for row in report["found"]
    )
    where = f"{count(report['files'], 'file', 'files')}, {report['bytes'] / 1e6:.1f} MB"
    blocks: list[Block] = [
        Paragraph(f"{text!r}: {'found' if rows else 'not found'} in {where}"),
        *([Table(("store", "form", "copies", "readable to"), rows)] if rows else []),
        *([] if report["vectors"] else [Paragraph(NO_VECTORS, "vectors")]),
    ]
    unread = Items("could not be read", tuple(report["unread"]))
    return [*blocks, *([unread] if unread.items else [])]
