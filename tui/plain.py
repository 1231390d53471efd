"""Blocks as plain text for a terminal: aligned tables, no colour, no control characters.

Model answers and subjects are other people's text: an escape sequence in them must not reach the
terminal.
"""

import unicodedata
from collections.abc import Iterable, Sequence

from tui.report import Block, Heading, Items, Paragraph, Table


def clean(text: str) -> str:
    r"""The text with control characters (tabs and line breaks stay) shown as `\x1b`."""
    return "".join(
        char if char in "\t\n" or unicodedata.category(char) not in ("Cc", "Cs")
        else f"\\x{ord(char):02x}"
        for char in text
    )  # fmt: skip


def render_plain(blocks: Iterable[Block]) -> str:
    """All blocks, each on lines of its own, without a final line break."""
    return "\n".join(_block(block) for block in blocks)


def _block(block: Block) -> str:
    match block:
        case Heading(text):
            return clean(text)
        case Paragraph(text, label):
            return f"  {clean(f'{label}: {text}' if label else text)}"
        case Items(label, items):
            return "\n".join([f"  {label}:", *(f"    - {_flat(item)}" for item in items)])
        case Table(head, rows):
            return _table([head, *rows])


def _table(rows: Sequence[Sequence[str]]) -> str:
    cells = [[_flat(cell) for cell in row] for row in rows]
    widths = [max(_width(cell) for cell in column) for column in zip(*cells, strict=True)]
    return "\n".join("  " + _aligned(row, widths) for row in cells)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
    return "  ".join(padded).rstrip()


def _flat(text: str) -> str:
    return clean(" ".join(text.split()))


def _width(text: str) -> int:
    """Terminal columns: wide East Asian characters take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
