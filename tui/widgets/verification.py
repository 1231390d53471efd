"""The probes as they are answered, before the receipt stands in their place."""

from textual.content import Content
from textual.widgets import Static

from agents.events import ProbeCount, ProbesAnswered
from tui.plain import render_plain
from tui.report import Table, leaks


class Verification(Static):
    """One line a kind of probe: leaks with the guard off and on."""

    def __init__(self) -> None:
        super().__init__()
        self._off: dict[str, ProbeCount] = {}
        self._on: dict[str, ProbeCount] = {}

    def add(self, event: ProbesAnswered) -> None:
        """One kind has been answered."""
        (self._on if event.guarded else self._off)[event.kind] = event.count
        kinds = dict.fromkeys([*self._off, *self._on])
        rows = tuple(
            (kind, leaks(self._off.get(kind)), leaks(self._on.get(kind))) for kind in kinds
        )
        table = Table(("probe", "leaked, guard off", "guard on"), rows)
        self.update(Content(render_plain([table])))
