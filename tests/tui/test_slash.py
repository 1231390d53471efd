"""What the slash commands do, driven by keys."""

from pathlib import Path

import pytest
from textual.widgets import DataTable

from agents.events import (
    AnswerFinished,
    ReceiptIssued,
    RestoreProposed,
)
from tests.tui.scripted import RECEIPT, ROW, ScriptedSession, answered
from tests.tui.user import using
from tui.preferences import PreferenceFile
from tui.screens.requests import RequestsScreen
from tui.screens.sessions import SessionsScreen


@pytest.mark.parametrize("command", ["forget", "restore", "remember"])
async def test_a_command_settles_the_intent(command: str) -> None:
    session = ScriptedSession([[]])
    async with using(session) as user:
        await user.say(f"/{command} Marcus Feld")
    assert session.calls[0] == ("send", "Marcus Feld", command, "auto")


async def test_the_requests_show_their_receipts_and_can_be_restored() -> None:
    session = ScriptedSession([[RestoreProposed((ROW,))], []], rows=[ROW])
    async with using(session) as user:
        await user.pilot.press("f2")
        await user.until(lambda: isinstance(user.app.screen, RequestsScreen))
        assert user.app.screen.query_one(DataTable).row_count == 1
        await user.pilot.press("r")
        await user.rest("waiting")
        await user.card()
        await user.pilot.press("y")
        await user.rest()
    assert session.calls[:2] == [("send", "r-7f3a", "restore", "auto"), ("resume", True)]


async def test_a_request_is_verified_from_the_list() -> None:
    session = ScriptedSession([[ReceiptIssued(RECEIPT)]], rows=[ROW])
    async with using(session) as user:
        await user.say("/list")
        await user.until(lambda: isinstance(user.app.screen, RequestsScreen))
        await user.pilot.press("v")
        await user.until(lambda: session.calls)
        await user.rest()
        assert "Marcus Feld" in user.reports()
    assert session.calls[0] == ("verify", "r-7f3a")


async def test_a_request_that_is_over_cannot_be_restored_again() -> None:
    session = ScriptedSession(rows=[{**ROW, "state": "restored"}])
    async with using(session) as user:
        await user.say("/list")
        await user.until(lambda: isinstance(user.app.screen, RequestsScreen))
        await user.pilot.press("r")
        assert isinstance(user.app.screen, RequestsScreen)
        await user.pilot.press("escape")
        await user.until(lambda: user.app.screen is user.chat)


async def test_an_earlier_session_is_resumed() -> None:
    kept = [{"thread_id": "t-0", "title": "Who is Lena?", "updated": "2026-01-02T03:04:05"}]
    session = ScriptedSession(kept=kept)
    async with using(session) as user:
        await user.say("/sessions")
        await user.until(lambda: isinstance(user.app.screen, SessionsScreen))
        await user.pilot.press("enter")
        await user.until(lambda: user.chat.snapshot.thread_id == "t-0")
        await user.rest()


async def test_a_new_session_begins_empty() -> None:
    session = ScriptedSession([answered("1")])
    async with using(session) as user:
        await user.say("one")
        await user.say("/new")
        await user.until(lambda: user.chat.snapshot.thread_id == "t-new")
        assert user.answers() == []
        assert user.chat.snapshot.thread_id == "t-new"


async def test_the_last_answer_or_its_code_is_copied() -> None:
    answer = "So:\n\n```py\nx = 1\n```\n"
    session = ScriptedSession([[AnswerFinished(answer, False, None, 0.1)]])
    async with using(session) as user:
        await user.say("code, please")
        await user.say("/copy")
        assert user.app.clipboard == answer
        await user.say("/copy code")
        assert user.app.clipboard == "x = 1\n"


async def test_a_session_is_exported_to_a_private_file_and_nothing_is_overwritten(
    tmp_path: Path,
) -> None:
    file = tmp_path / "talk.md"
    session = ScriptedSession()
    session.lines = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]
    async with using(session) as user:
        await user.say(f"/export {file}")
        await user.say(f"/export {file}")
        assert user.remarks("error") == [f"{str(file)!r} exists already; name another file"]
    assert file.read_text() == "**You**\n\nHi\n\n**Patient**\n\nHo\n"
    assert file.stat().st_mode & 0o077 == 0


async def test_the_theme_is_kept_for_the_next_time(tmp_path: Path) -> None:
    preferences = PreferenceFile(tmp_path / "state" / "preferences.json")
    async with using(ScriptedSession(), preferences) as user:
        await user.say("/theme gruvbox")
    assert preferences.load().theme == "gruvbox"
    async with using(ScriptedSession(), preferences) as user:
        assert user.app.theme == "gruvbox"


async def test_a_broken_preference_file_is_ignored(tmp_path: Path) -> None:
    file = tmp_path / "preferences.json"
    file.write_text('{"theme": ["no"]')
    async with using(ScriptedSession(), PreferenceFile(file)) as user:
        assert user.app.theme == "textual-dark"
