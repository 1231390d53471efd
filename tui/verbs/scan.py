"""`lethe scan`: is a text still in any file that Lethe keeps? No session, no chat model."""

from collections.abc import Iterator
from contextlib import ExitStack

from agents.turns import checked
from tui.errors import DONE, NOT_DONE, UsageError
from tui.plain import render_plain
from tui.scanned import scan_blocks
from tui.turns import read_lines
from tui.verbs.call import Call


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
        call.output.result({"text": text, **own}, render_plain(scan_blocks(text, own)))
    return NOT_DONE if readable_to_anybody(report) else DONE


def _texts(call: Call) -> Iterator[str]:
    if call.arguments.text != ["-"]:
        yield checked(" ".join(call.arguments.text))
        return
    for line in read_lines(call.stdin):
        if line.error:
            raise UsageError(f"line {line.number}: {line.error}")
        yield line.text
