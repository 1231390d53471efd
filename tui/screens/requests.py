"""The ledger: every request with its receipt, and from here restore and verify."""

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, Literal, NamedTuple

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Markdown

from agents.events import Receipt, RequestRow
from tui.markdown import render_markdown
from tui.plain import clean
from tui.report import receipt_blocks, requests_table

EMPTY = "Nothing was ever to be forgotten. Say *forget everything about ...*, or `/forget`."


class Wanted(NamedTuple):
    """What the user wants done with a request; the chat screen does it."""

    action: Literal["restore", "verify"]
    request_id: str


class RequestsScreen(Screen[Wanted | None]):
    """A table of the requests, and below it the receipt of the highlighted one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f2", "leave", "Back"),
        Binding("r", "want('restore')", "Restore"),
        Binding("v", "want('verify')", "Verify"),
    ]

    def __init__(
        self,
        rows: Sequence[RequestRow],
        receipt: Callable[[str], Awaitable[Receipt | None]],
    ) -> None:
        super().__init__()
        self._rows = rows
        self._receipt = receipt

    def compose(self) -> ComposeResult:
        """Table, receipt, keys."""
        yield DataTable[Text](cursor_type="row", zebra_stripes=True)
        with VerticalScroll():
            yield Markdown("" if self._rows else EMPTY, open_links=False)
        yield Footer()

    def on_mount(self) -> None:
        """Fill the table."""
        table, shown = self.query_one(DataTable), requests_table(self._rows)
        table.add_columns(*shown.head)
        for row in shown.rows:
            table.add_row(*(Text(clean(cell)) for cell in row))
        table.display = bool(self._rows)

    async def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Show the receipt of the row."""
        receipt = await self._receipt(self._rows[event.cursor_row]["request_id"])
        blocks = receipt_blocks(receipt) if receipt else []
        await self.query_one(Markdown).update(render_markdown(blocks) or "No receipt yet.")

    def action_leave(self) -> None:
        """Back to the talk."""
        self.dismiss(None)

    def action_want(self, action: Literal["restore", "verify"]) -> None:
        """Leave with an order for the highlighted request, if it is in effect."""
        if not self._rows:
            return
        row = self._rows[self.query_one(DataTable).cursor_row]
        if row["state"] != "active":
            self.notify(f"This request is {row['state']}; only an active one can be chosen.")
            return
        self.dismiss(Wanted(action, row["request_id"]))
