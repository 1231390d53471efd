"""A command line whose session is scripted, and a screen that stands still for pictures."""

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.tui.scripted import ScriptedSession
from tui.main import main
from tui.ports import OpenSession
from tui.settings import Settings


@dataclass(frozen=True)
class Ran:
    """What a command printed and how it ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON value."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Lethe = Callable[..., Ran]


@pytest.fixture
def lethe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Lethe:
    """Runs `lethe ARGUMENTS` in this process against a scripted session."""

    def run(*argv: str, session: ScriptedSession | None = None, stdin: bytes = b"") -> Ran:
        given = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", given)
        played = session or ScriptedSession()

        def opener(settings: Settings) -> OpenSession:
            return played.open

        status = main(["--data-dir", str(tmp_path), *argv], opener)
        captured = capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    return run
