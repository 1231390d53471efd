"""The lowest lines: work that goes on, and how the session stands."""

from typing import Literal

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Label, ProgressBar, Static

from tui.messages import Snapshot
from tui.plain import clean
from tui.report import forgotten

Phase = Literal["opening", "idle", "answering", "working", "waiting", "closing"]
"""What the session does; only in `idle` it takes a turn."""

HELP: dict[Phase, str] = {
    "opening": "opening the model",
    "idle": "/help",
    "answering": "Esc stops",
    "working": "working",
    "waiting": "your answer, please",
    "closing": "closing",
}


class Work(Horizontal):
    """The stage of long work and how far it has come; hidden when there is none."""

    def compose(self) -> ComposeResult:
        """Name, bar and amount."""
        yield Label(id="stage")
        yield ProgressBar(show_eta=False, show_percentage=False)
        yield Label(id="amount")

    def advance(self, stage: str, done: int, total: int) -> None:
        """Show where the work is."""
        self.display = True
        self.query_one("#stage", Label).update(Content(clean(stage)))
        self.query_one(ProgressBar).update(total=total or None, progress=done)
        amount = f"{done:,} of {total:,}" if total else f"{done:,}" if done else ""
        self.query_one("#amount", Label).update(Content(amount))

    def finish(self) -> None:
        """Nothing goes on any more."""
        self.display = False


class Status(Static):
    """Model, number of forgotten things, guard, and what can be pressed."""

    def show(self, snapshot: Snapshot, phase: Phase) -> None:
        """Follow the session."""
        active = forgotten(snapshot.requests)
        guarded = any(row["method"] != "edit" for row in active)
        guard = "guard on" if guarded else "guard idle"
        model = snapshot.model_name
        parts = ("", clean(model), f"{len(active)} forgotten", guard) if model else ()
        badge = (" PRIVATE ", "bold reverse") if snapshot.private else ""
        gap = " " if snapshot.private else ""
        self.update(Content.assemble(badge, gap, (HELP[phase], "bold"), " · ".join(parts)))
