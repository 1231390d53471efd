"""Blocks as Markdown for the app; every text is escaped, so a subject cannot format or link."""

import re
from collections.abc import Iterable, Sequence

from tui.plain import clean
from tui.report import Block, Heading, Items, Paragraph, Table

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&:@/])")


def escape(text: str) -> str:
    """Text that Markdown shows as it stands, on one line."""
    return _SPECIAL.sub(r"\\\1", clean(" ".join(text.split())))


def render_markdown(blocks: Iterable[Block]) -> str:
    """All blocks, a blank line between them."""
    return "\n\n".join(_block(block) for block in blocks)


def code_blocks(markdown: str) -> list[str]:
    """The contents of the fenced code blocks, in order."""
    return re.findall(r"^```[^\n]*\n(.*?)^```", markdown, flags=re.DOTALL | re.MULTILINE)


def _block(block: Block) -> str:
    match block:
        case Heading(text):
            return f"### {escape(text)}"
        case Paragraph(text, label):
            return f"**{escape(label)}**: {escape(text)}" if label else escape(text)
        case Items(label, items):
            return "\n".join([f"**{escape(label)}**", "", *(f"- {escape(item)}" for item in items)])
        case Table(head, rows):
            return "\n".join([_row(head), _row(["---"] * len(head), raw=True), *map(_row, rows)])


def _row(cells: Sequence[str], raw: bool = False) -> str:
    return "| " + " | ".join(cells if raw else map(escape, cells)) + " |"
