"""The talk: turns, answers as they grow, remarks and reports, newest at the bottom.

Text of users and models is put on the screen as `Content` or escaped Markdown, never as markup.
"""

from collections.abc import Iterable

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Collapsible, Markdown, Static
from textual.widgets.markdown import MarkdownStream

from tui.markdown import render_markdown
from tui.plain import clean
from tui.report import Block


class Said(Static):
    """What the user said."""

    def __init__(self, text: str) -> None:
        super().__init__(Content(clean(text)))


class Remark(Static):
    """A line of the app's own: `kind` is `note`, `error` or `welcome`."""

    def __init__(self, text: str, kind: str = "note") -> None:
        super().__init__(Content(clean(text)), classes=kind)


class Report(Markdown):
    """A plan, a receipt or a list."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        super().__init__(render_markdown(blocks), open_links=False)


class Answer(Markdown):
    """An answer of the patient, growing until it is finished. Links do not open by themselves."""

    def __init__(self, text: str = "") -> None:
        super().__init__(clean(text), open_links=False)
        self._stream: MarkdownStream | None = None

    async def grow(self, piece: str) -> None:
        """Append a piece of the answer."""
        if self._stream is None:
            self._stream = Markdown.get_stream(self)
        await self._stream.write(clean(piece))

    async def finish(self, answer: str) -> None:
        """Show the answer as it stands in the end."""
        if self._stream is not None:
            await self._stream.stop()
            self._stream = None
        if self.source != clean(answer):
            await self.update(clean(answer))


class Trace(Collapsible):
    """How an answer came about, folded: the agents' steps, or a reasoning model's thought."""

    def __init__(self, title: str, text: str) -> None:
        super().__init__(Static(Content(clean(text))), title=title, collapsed=True)


class Transcript(VerticalScroll):
    """The list of all that, which follows its end until the user scrolls up."""

    BORDER_TITLE = ""

    def on_mount(self) -> None:
        """Keep the newest line in sight."""
        self.anchor()

    async def add(self, widget: Widget) -> None:
        """Put a widget at the end."""
        await self.mount(widget)

    async def remark(self, text: str, kind: str = "note") -> None:
        """Put a line at the end."""
        await self.add(Remark(text, kind))

    async def report(self, blocks: Iterable[Block]) -> None:
        """Put a report at the end."""
        await self.add(Report(blocks))

    async def clear(self) -> None:
        """Take everything off, for another thread."""
        await self.remove_children()
        self.anchor()
