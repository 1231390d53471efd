"""`lethe scan`: is a text still in any file that Lethe keeps? No session, no chat model."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

from agents.turns import checked
from tui.errors import DONE, NOT_DONE, UsageError
from tui.plain import render_plain
from tui.report import Block, Items, Paragraph, Table, count
from tui.turns import read_lines
from tui.verbs.call import Call

if TYPE_CHECKING:
    from memory.scan import Report

READERS = {"anybody": "anybody", "key": "you, with your key"}
NO_VECTORS = "not searched: the embedder is not in the cache; it comes with the first start"


def scan(call: Call) -> int:
    """Search for the text, or for each line of standard input, all in one pass.

    Ends with 1 where anything was found that is readable to anybody.
    """
    from memory.scan import check, of_text, readable_to_anybody
    from tui.stores import open_scanner

    texts = list(dict.fromkeys(_texts(call)))
    check(texts)
    with ExitStack() as opened:
        report = open_scanner(call.settings, opened).scan(texts)
    for text in texts:
        own = of_text(report, text)
        call.output.result({"text": text, **own}, render_plain(_blocks(text, own)))
    return NOT_DONE if readable_to_anybody(report) else DONE


def _texts(call: Call) -> Iterator[str]:
    if call.arguments.text != ["-"]:
        yield checked(" ".join(call.arguments.text))
        return
    for line in read_lines(call.stdin):
        if line.error:
            raise UsageError(f"line {line.number}: {line.error}")
        yield line.text


def _blocks(text: str, report: "Report") -> list[Block]:
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
