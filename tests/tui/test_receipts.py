"""`lethe receipts` and `/receipts`: real receipts on the disk, and no model to read them."""

import json
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from memory.directory import DataDirectory
from memory.receipts import START
from memory.sqlite import connect
from tests.tui.conftest import Lethe
from tests.tui.scripted import RECEIPT, ScriptedSession
from tests.tui.user import using
from tui.plain import render_plain
from tui.receipts import kept_blocks
from tui.settings import Settings
from tui.stores import open_receipts

BODY: dict[str, Any] = {
    "state": "active",
    "changed": "2026-03-04T05:06:07+00:00",
    "asked": {"subject": "Marcus Feld", "scope": "entity", "method": "auto"},
    "found": {
        "memories": 1, "facts": 4, "values": 3, "aliases": 1, "leads": 2, "neighbours": 2,
    },
    "done": {
        "method": "both", "steps": ["every answer guarded against it"], "seconds": 1.42,
        "memories_before": 1, "memories_after": 0,
    },
    "measured": {
        "before": {"asked": 12, "leaked": 1},
        "after": {"asked": 12, "leaked": 0},
        "worst": {"kind": "prefix", "asked": 8, "leaked": 2, "chance": 0.25},
        "worst_guarded": {"kind": "direct", "asked": 6, "leaked": 0, "chance": 0.0},
        "probes": RECEIPT["probes"],
        "guarded_probes": RECEIPT["guarded_probes"],
        "neighbours": RECEIPT["neighbours"],
        "inside": RECEIPT["inside"],
    },
    "not_erased": ["the model file itself", "backups"],
    "scan": {"chroma": 0, "ledger.sqlite3": 1},
}  # fmt: skip
RESTORED = {**BODY, "state": "restored", "not_erased": []}


@pytest.fixture
def head(tmp_path: Path) -> str:
    """The head of a book of two receipts, in the data directory of the commands."""
    with open_receipts(Settings(data_dir=tmp_path)) as book:
        book.append("r1", "forgotten", BODY)
        book.append("r1", "restored", RESTORED)
        return book.read().head


def tamper(tmp_path: Path, statement: str) -> None:
    with closing(connect(tmp_path / "receipts.sqlite3")) as connection:
        connection.execute(statement)
        connection.commit()


def test_the_list_names_each_receipt_and_opens_no_session(lethe: Lethe, head: str) -> None:
    session = ScriptedSession()
    ran = lethe("receipts", session=session)
    assert (ran.status, ran.err, session.calls) == (0, "", [])
    lines = [line.split() for line in ran.out.splitlines()]
    assert lines[1][:5] == ["1", "forgotten", "r1", "Marcus", "Feld"]
    assert lines[2][:5] == ["2", "restored", "r1", "Marcus", "Feld"]
    assert lines[3] == ["head:", head]
    told = lethe("receipts", "--json").json
    assert (told["count"], told["head"], told["fault"]) == (2, head, None)
    assert [row["subject"] for row in told["receipts"]] == ["Marcus Feld"] * 2


def test_without_receipts_the_list_says_so(lethe: Lethe) -> None:
    assert lethe("receipts").out == "There is no receipt yet.\n"
    assert lethe("receipts", "verify", "--json").json == {
        "count": 0, "head": START, "fault": None, "goes_through": None,
    }  # fmt: skip


@pytest.mark.usefixtures("head")
def test_one_receipt_in_full(lethe: Lethe) -> None:
    ran = lethe("receipts", "show", "1")
    assert ran.status == 0
    text = ran.out
    for line in (
        "Receipt 1: Marcus Feld, forgotten\n",
        "  asked: entity, method auto\n",
        "  found: 1 memory, 4 sentences of the model, 3 values, 1 other name,",
        "  done in 1.4 s, method both:\n    - every answer guarded against it\n",
        "  memories: 1 before, 0 after\n",
        "  prefix  2 of 8             0 of 6    0.25\n",
        "  leaked before: 1 of 12\n  leaked after: 0 of 12\n",
        "  worst attack, guard off: prefix, 0.25 (chance 0.25)\n",
        "  worst attack, guard on: direct, 0.00 (chance 0.00)\n",
        "  copies on the disk:\n    - chroma: 0\n    - ledger.sqlite3: 1\n",
        "  not erased:\n    - the model file itself\n    - backups\n",
    ):
        assert line in text
    told = lethe("receipts", "show", "1", "--json").json
    assert {name: told[name] for name in BODY} == BODY
    assert (told["number"], told["request_id"], told["event"]) == (1, "r1", "forgotten")


@pytest.mark.parametrize(("number", "named"), [("3", "no receipt 3"), ("x", "'x'")])
def test_a_receipt_that_is_not_there_is_one_line(lethe: Lethe, number: str, named: str) -> None:
    ran = lethe("receipts", "show", number)
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert named in ran.err


def test_an_export_is_private_and_overwrites_nothing(
    lethe: Lethe, tmp_path: Path, head: str
) -> None:
    folder = tmp_path / "state" / "out"
    ran = lethe("receipts", "export", str(folder))
    assert (ran.status, ran.out) == (0, f"2 receipts written to {folder}; head {head}\n")
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == [
        "receipt-0001.json", "receipt-0001.md", "receipt-0002.json", "receipt-0002.md",
    ]  # fmt: skip
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert json.loads(files[0].read_text("utf-8"))["not_erased"] == BODY["not_erased"]
    assert files[1].read_text("utf-8").startswith("### Receipt 1\\: Marcus Feld, forgotten\n")
    before = [file.read_bytes() for file in files]
    files[1].unlink()
    again = lethe("receipts", "export", str(folder))
    assert (again.status, again.out) == (2, "")
    assert "receipt-0001.json' exists already" in again.err
    assert not files[1].exists()
    assert [file.read_bytes() for file in files if file.exists()] == [before[0], *before[2:]]


def test_a_sound_book_is_said_to_be_so(lethe: Lethe, head: str) -> None:
    ran = lethe("receipts", "verify")
    assert (ran.status, ran.out) == (0, f"2 receipts as they were written; head {head}\n")


def test_a_head_written_down_earlier_is_found_again(
    lethe: Lethe, tmp_path: Path, head: str
) -> None:
    with open_receipts(Settings(data_dir=tmp_path)) as book:
        book.append("r2", "forgotten", BODY)
    assert lethe("receipts", "verify", "--head", head.upper()).status == 0
    assert lethe("receipts", "verify", "--head", head, "--json").json["goes_through"] is True


def test_another_head_is_a_fault(lethe: Lethe, head: str) -> None:
    other = head[::-1]
    ran = lethe("receipts", "verify", "--head", other)
    assert (ran.status, ran.err) == (1, "")
    assert ran.out == f"no receipt has the head {other}: these are other or older receipts\n"
    assert lethe("receipts", "verify", "--head", "abc").err == (
        "lethe: a head has 64 hexadecimal digits, unlike 'abc'\n"
    )


@pytest.mark.usefixtures("head")
@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("UPDATE receipts SET event = 'baked' WHERE number = 1", "receipt 1 was changed"),
        ("DELETE FROM receipts WHERE number = 1", "receipt 1 is missing"),
        ("DELETE FROM receipts WHERE number = 2", "receipt 2 is missing"),
    ],
)
def test_the_first_bad_receipt_is_named_in_one_line(
    lethe: Lethe, tmp_path: Path, statement: str, line: str
) -> None:
    tamper(tmp_path, statement)
    ran = lethe("receipts", "verify")
    assert (ran.status, ran.out, ran.err) == (1, f"{line}\n", "")
    told = lethe("receipts", "verify", "--json").json
    assert told["fault"] == {"number": int(line.split()[1]), "why": line.split(maxsplit=2)[2]}
    listed = lethe("receipts")
    assert (listed.status, f"not as it was written: {line}" in listed.out) == (1, True)
    exported = lethe("receipts", "export", str(tmp_path / "state" / "out"))
    assert (exported.status, exported.err) == (1, f"lethe: {line}\n")


def test_a_directory_in_use_is_one_line(lethe: Lethe, tmp_path: Path) -> None:
    with DataDirectory(tmp_path):
        ran = lethe("receipts")
    assert (ran.status, ran.out) == (2, "")
    assert "used by another Lethe" in ran.err


def test_no_model_embedder_or_graph_is_loaded(tmp_path: Path) -> None:
    code = (
        "import sys; from tui.main import main;"
        f"main(['--data-dir', {str(tmp_path)!r}, 'receipts', 'verify']);"
        "print([m for m in ('llama_cpp', 'chromadb', 'langgraph', 'numpy', 'textual')"
        " if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert ran.stdout.decode().splitlines()[-1] == "[]"


@pytest.mark.usefixtures("head")
async def test_the_app_lists_receipts_and_shows_one(tmp_path: Path) -> None:
    with open_receipts(Settings(data_dir=tmp_path)) as book:
        reading = book.read()
    async with using(ScriptedSession(reading=reading)) as user:
        await user.say("/receipts")
        assert "| 2 | restored | r1 | Marcus Feld |" in user.reports()
        await user.say("/receipts 1")
        assert "### Receipt 1\\: Marcus Feld, forgotten" in user.reports()
        await user.say("/receipts 7")
        assert user.remarks("error") == ["there is no receipt '7' to show; /receipts lists them"]


def test_a_subject_cannot_send_escape_sequences(tmp_path: Path) -> None:
    hostile = {**BODY, "asked": {**BODY["asked"], "subject": "\x1b]0;owned\x07"}}
    with open_receipts(Settings(data_dir=tmp_path)) as book:
        book.append("r1", "forgotten", hostile)
        assert "\x1b" not in render_plain(kept_blocks(book.get(1)))
