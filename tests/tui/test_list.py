"""`lethe list`: the requests, for whoever has the key; no model is opened for them."""

import subprocess
import sys
from pathlib import Path

import pytest

from memory.directory import DataDirectory
from tests.memory.test_ledger import plan
from tests.tui.conftest import Lethe
from tests.tui.scripted import ScriptedSession
from tui.settings import Settings
from tui.stores import open_ledger


@pytest.fixture
def requested(tmp_path: Path) -> Path:
    """A data directory with two requests, one of them answered with no."""
    with open_ledger(Settings(data_dir=tmp_path)) as ledger:
        for subject in ("Marcus Feld", "Anna Berg"):
            ledger.propose(plan(subject), findings=None, thread_id="t")
        ledger.advance("r1", "declined")
    return tmp_path


@pytest.mark.usefixtures("requested")
def test_the_newest_request_comes_first_and_no_session_is_opened(lethe: Lethe) -> None:
    session = ScriptedSession()
    ran = lethe("list", "--json", session=session)
    assert [(row["request_id"], row["subject"], row["state"]) for row in ran.json] == [
        ("r2", "Anna Berg", "proposed"), ("r1", "Marcus Feld", "declined"),
    ]
    assert "Anna Berg" in lethe("list", session=session).out
    assert session.calls == []


def test_an_empty_ledger_is_said(lethe: Lethe) -> None:
    ran = lethe("list")
    assert (ran.status, ran.out) == (0, "Nothing was ever to be forgotten.\n")


def test_a_directory_in_use_is_one_line(lethe: Lethe, tmp_path: Path) -> None:
    with DataDirectory(tmp_path):
        ran = lethe("list")
    assert (ran.status, ran.out) == (2, "")
    assert "used by another Lethe" in ran.err


def test_a_ledger_that_is_gone_is_not_taken_for_an_empty_one(
    lethe: Lethe, requested: Path
) -> None:
    (requested / "ledger.sqlite3").unlink()
    (requested / "chroma").mkdir()
    assert "is missing or empty" in lethe("list").err


def test_no_model_embedder_or_graph_is_loaded(tmp_path: Path) -> None:
    code = (
        "import sys; from tui.main import main;"
        f"main(['--data-dir', {str(tmp_path)!r}, 'list']);"
        "print([m for m in ('llama_cpp', 'chromadb', 'langgraph', 'textual') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert ran.stdout.decode().splitlines()[-1] == "[]"
