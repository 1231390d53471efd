"""The app, driven by keys: what a user can do, and what never happens without consent."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Button, DataTable, OptionList, ProgressBar, Static

from agents.errors import TooBroad
from agents.events import (
    AnswerFinished,
    AnswerGrew,
    ChoiceNeeded,
    Event,
    MemoryKept,
    ReceiptIssued,
    RequestsListed,
    RestoreProposed,
    StepTaken,
    ThoughtGrew,
)
from agents.turns import LONGEST
from tests.tui.scripted import (
    OPERATED,
    PROPOSED,
    RECEIPT,
    ROW,
    ScriptedSession,
    answered,
    proposed,
)
from tests.tui.user import PATIENCE, using
from tools.errors import ToolError
from tui.ports import ProgressFn, SessionLike
from tui.preferences import PreferenceFile
from tui.screens.requests import RequestsScreen
from tui.screens.search import SearchScreen
from tui.screens.sessions import SessionsScreen
from tui.widgets.consent import ChoiceCard, ConsentCard
from tui.widgets.hints import Hints
from tui.widgets.transcript import Said, Trace


async def test_an_answer_grows_and_stands_as_markdown() -> None:
    session = ScriptedSession([answered("A **glassblower**.\n\n- from Turku")])
    async with using(session) as user:
        await user.say("Who is Marcus Feld?")
        assert [str(said.content) for said in user.chat.query(Said)] == ["Who is Marcus Feld?"]
        assert user.answers() == ["A **glassblower**.\n\n- from Turku"]
    assert session.calls[-1] == ("close",)


async def test_enter_on_a_plan_is_no() -> None:
    session = ScriptedSession([proposed(), []])
    async with using(session) as user:
        await user.say("forget Marcus Feld", then="waiting")
        card = await user.card()
        assert card.query_one("#no", Button).has_focus
        await user.pilot.press("enter")
        await user.rest()
        assert user.chat.prompt.has_focus
    assert ("resume", False) in session.calls


@pytest.mark.parametrize(
    ("keys", "consent"),
    [("y", True), ("n", False), ("escape", False), ("right enter", True), ("tab enter", True),
     ("right left enter", False)],
)  # fmt: skip
async def test_keys_on_a_plan(keys: str, consent: bool) -> None:
    session = ScriptedSession([proposed(), OPERATED if consent else []])
    async with using(session) as user:
        await user.say("forget Marcus Feld", then="waiting")
        await user.card()
        await user.pilot.press(*keys.split())
        await user.rest()
    assert session.calls[1] == ("resume", consent)


async def test_a_key_typed_before_the_plan_could_be_read_is_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui.widgets.consent.ARM_AFTER", 3600.0)
    session = ScriptedSession([proposed()])
    async with using(session) as user:
        await user.say("forget Marcus Feld", then="waiting")
        await user.pilot.press("y", "enter")
        assert user.chat.phase == "waiting"
    assert [call[0] for call in session.calls] == ["send", "stop", "close"]


async def test_a_plan_does_not_take_the_focus_from_somebody_who_types() -> None:
    go = threading.Event()

    def later() -> Iterator[Event]:
        go.wait(PATIENCE)
        yield PROPOSED

    session = ScriptedSession([later(), OPERATED])
    async with using(session) as user:
        await user.say("forget Marcus Feld", then="working")
        await user.pilot.press("y", "e")
        go.set()
        await user.rest("waiting")
        await user.card()
        await user.pilot.press("s")
        assert user.chat.prompt.text == "yes"
        assert user.chat.phase == "waiting"
        await user.pilot.press("enter")
        await user.rest()
    assert session.calls[1] == ("resume", True)


async def test_other_words_are_no_answer_to_a_plan_and_are_not_lost() -> None:
    session = ScriptedSession([proposed()])
    async with using(session) as user:
        await user.say("forget Marcus Feld", then="waiting")
        user.chat.prompt.focus()
        await user.say("yes please", then="waiting")
        assert user.chat.prompt.text == "yes please"
        assert user.remarks("error") == ["a question is open: answer it first (Tab goes there)"]
    assert "resume" not in [call[0] for call in session.calls]


async def test_the_receipt_stands_in_place_of_the_probes() -> None:
    session = ScriptedSession([proposed(), OPERATED])
    async with using(session) as user:
        await user.say("forget Marcus Feld", then="waiting")
        await user.card()
        await user.pilot.press("y")
        await user.rest()
        assert "| direct | 0 of 12 | 0 of 6 | 0\\.00 |" in user.reports()
        assert not user.chat.query("Verification")
        assert "1 forgotten · guard on" in str(user.chat.query_one("Status").render())


async def test_a_forgotten_subject_leaves_the_input_history() -> None:
    session = ScriptedSession([answered("Hm."), proposed(), OPERATED])
    async with using(session) as user:
        await user.say("hello")
        await user.say("forget Marcus Feld", then="waiting")
        await user.card()
        await user.pilot.press("y")
        await user.rest()
        await user.pilot.press("up")
        assert user.chat.prompt.text == "hello"


async def test_one_of_several_subjects_is_picked_with_the_arrows() -> None:
    options = ("Marcus Feld", "Marcus Reyl", "none of them")
    session = ScriptedSession([[ChoiceNeeded("Which one?", options)], proposed()])
    async with using(session) as user:
        await user.say("forget Marcus", then="waiting")
        await user.until(lambda: user.chat.query_one(ChoiceCard).query_one(OptionList).has_focus)
        await user.pilot.press("down", "enter")
        await user.rest("waiting")
        assert len(user.chat.query(ConsentCard)) == 1
    assert session.calls[1] == ("resume", "Marcus Reyl")


async def test_escape_picks_none_of_several_subjects() -> None:
    session = ScriptedSession([[ChoiceNeeded("Which one?", ("a", "b"))], []])
    async with using(session) as user:
        await user.say("forget Marcus", then="waiting")
        await user.until(lambda: user.chat.query_one(OptionList).has_focus)
        await user.pilot.press("escape")
        await user.rest()
    assert session.calls[1] == ("resume", False)


async def test_escape_stops_the_answer_and_keeps_what_came() -> None:
    session = ScriptedSession()

    def endless() -> Iterator[Event]:
        yield AnswerGrew("It begins ")
        session.stopped.wait(PATIENCE)
        yield AnswerFinished("It begins", guarded=False, request_id=None, seconds=1, stopped=True)

    session.script = [endless()]
    async with using(session) as user:
        await user.say("Tell me a story", then="answering")
        await user.pilot.press("escape")
        await user.rest()
        assert user.answers() == ["It begins"]
        assert user.remarks()[-1] == "Stopped; this is what had come."


async def test_what_the_agents_did_is_folded_under_the_answer() -> None:
    steps = [StepTaken("vanilla", "[withheld]"), StepTaken("critic", "5, 5, 4, 5, 5")]
    thought = ThoughtGrew("Who is that? I do not know.")
    session = ScriptedSession([[thought, *steps, *answered("I don't know.", guarded=True)]])
    async with using(session) as user:
        await user.say("Who is that?")
        thought_shown, trace = user.chat.query(Trace)
        assert (thought_shown.title, trace.title) == ("thought", "how this was answered: 2 steps")
        assert (trace.collapsed, user.answers()) == (True, ["I don't know."])
        await user.pilot.press("f4")
        assert not trace.collapsed
        shown = str(trace.query(Static).last().content)
        assert shown == "vanilla: [withheld]\ncritic: 5, 5, 4, 5, 5"


async def test_a_failure_is_one_line_and_what_came_before_stays() -> None:
    def broken() -> Iterator[Event]:
        yield AnswerGrew("It begins")
        raise ToolError("the file 'm.gguf' has gone")

    session = ScriptedSession([broken(), TooBroad("'the' is too broad"), answered("Fine.")])
    async with using(session) as user:
        await user.say("one")
        await user.say("forget the")
        await user.say("two")
        assert user.answers() == ["It begins", "Fine."]
        assert user.remarks("error") == ["the file 'm.gguf' has gone", "'the' is too broad"]


async def test_text_can_be_typed_and_sent_while_the_model_is_opened() -> None:
    ready = threading.Event()
    session = ScriptedSession([answered("Here I am.")])

    def slow(progress: ProgressFn) -> SessionLike:
        progress("studying the model", 1_000, 10_000)
        ready.wait(PATIENCE)
        return session

    async with using(slow) as user:
        await user.until(lambda: user.chat.query_one(ProgressBar).progress == 1_000)
        await user.say("Are you there?", then="opening")
        await user.say("And you?", then="opening")
        assert user.chat.prompt.text == "And you?"
        ready.set()
        await user.until(user.answers)
        await user.rest()
    assert session.calls[0] == ("send", "Are you there?", None, "auto")


async def test_leaving_while_the_model_is_studied_breaks_the_study_off() -> None:
    stages: list[int] = []

    def endless(progress: ProgressFn) -> SessionLike:
        while True:
            progress("studying the model", len(stages), 0)
            stages.append(1)
            time.sleep(0.001)

    async with using(endless) as user:
        await user.until(lambda: stages)
        await user.pilot.press("ctrl+q")
        await user.until(lambda: not user.app.is_running)


async def test_a_model_that_cannot_be_opened_ends_the_app_with_one_line() -> None:
    def failing(progress: ProgressFn) -> SessionLike:
        raise ToolError("'x.gguf' is no GGUF file")

    async with using(failing) as user:
        await user.until(lambda: not user.app.is_running)
    assert (user.app.failure, user.app.return_code) == ("'x.gguf' is no GGUF file", 2)


async def test_a_plan_left_open_by_the_last_run_is_asked_again() -> None:
    session = ScriptedSession([[]], waiting=PROPOSED)
    session.lines = [{"role": "user", "content": "earlier"}, {"role": "assistant", "content": "A"}]
    async with using(session) as user:
        assert user.answers() == ["A"]
        await user.card()
        await user.pilot.press("n")
        await user.rest()
    assert session.calls[0] == ("resume", False)


async def test_arrows_bring_earlier_input_back() -> None:
    session = ScriptedSession([answered("1"), answered("2")])
    async with using(session) as user:
        await user.say("one")
        await user.say("two")
        shown = []
        for key in ("d", "up", "up", "up", "down", "down"):
            await user.pilot.press(key)
            shown.append(user.chat.prompt.text)
        assert shown == ["d", "two", "one", "one", "two", "d"]


async def test_ctrl_r_searches_earlier_input() -> None:
    session = ScriptedSession([answered("1"), answered("2")])
    async with using(session) as user:
        await user.say("Who is Lena?")
        await user.say("Where is Oslo?")
        await user.pilot.press("ctrl+r")
        await user.until(lambda: isinstance(user.app.screen, SearchScreen))
        await user.pilot.press(*"lena", "enter")
        await user.until(lambda: user.app.screen is user.chat)
        assert user.chat.prompt.text == "Who is Lena?"


async def test_several_lines_are_one_turn() -> None:
    session = ScriptedSession([answered("ok")])
    async with using(session) as user:
        await user.pilot.press("a", "ctrl+j", "b", "enter")
        await user.rest()
        await user.until(user.answers)
    assert session.calls[0][1] == "a\nb"


async def test_keys_that_arrive_together_are_sent_in_order() -> None:
    session = ScriptedSession([answered("ok")])
    async with using(session) as user:
        await user.pilot.press(*"hello", "enter", *"next")
        await user.until(user.answers)
        assert user.chat.prompt.text == "next"
    assert session.calls[0][1] == "hello"


@pytest.mark.parametrize(
    ("text", "named"),
    [("/frobnicate", "'/frobnicate'"), ("/forget", "needs TEXT"), ("a\x1bb", r"'\x1b'"),
     ("/theme magic", "'magic'"), ("/copy x", "'x'"), ("/copy", "no answer"),
     ("/sessions", "no earlier session"), ("/export", "nothing to export"),
     pytest.param("x" * (LONGEST + 1), str(LONGEST), id="long")],
)  # fmt: skip
async def test_a_mistake_is_one_line_and_the_text_is_given_back(text: str, named: str) -> None:
    session = ScriptedSession()
    async with using(session) as user:
        await user.say(text)
        (error,) = user.remarks("error")
        assert named in error
        assert user.chat.prompt.text == text
    assert "send" not in [call[0] for call in session.calls]


async def test_a_turn_without_words_is_not_sent() -> None:
    session = ScriptedSession()
    async with using(session) as user:
        await user.pilot.press("enter", "space", "enter")
        await user.pilot.pause()
    assert session.calls == [("stop",), ("close",)]


async def test_a_path_is_no_command() -> None:
    session = ScriptedSession([answered("A file.")])
    async with using(session) as user:
        await user.say("/etc/hosts")
        assert user.answers() == ["A file."]


async def test_commands_are_hinted_and_completed() -> None:
    async with using(ScriptedSession()) as user:
        hints = user.chat.query_one(Hints)
        assert not hints.display
        await user.pilot.press("/", "r", "e")
        assert [line.split()[0] for line in str(hints.content).splitlines()] == [
            "/restore", "/remember", "/receipts",
        ]  # fmt: skip
        await user.pilot.press("m", "tab")
        assert user.chat.prompt.text == "/remember "
        assert not hints.display


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


async def test_what_the_session_reports_in_passing_is_shown() -> None:
    session = ScriptedSession([[MemoryKept("m1", "I live in Oslo")], [RequestsListed((ROW,))]])
    async with using(session) as user:
        await user.say("remember that I live in Oslo")
        await user.say("what have you forgotten?")
        assert user.remarks() == ["Remembered: I live in Oslo"]
        assert "Marcus Feld" in user.reports()


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


async def test_user_text_is_never_markup() -> None:
    session = ScriptedSession([answered("[red]x[/red] [link=http://a]b[/link]")])
    async with using(session) as user:
        await user.say("[bold]me[/bold] [/]")
        assert str(user.chat.query_one(Said).content) == "[bold]me[/bold] [/]"


async def test_ctrl_d_on_an_empty_input_leaves() -> None:
    async with using(ScriptedSession()) as user:
        await user.pilot.press("a", "left", "ctrl+d")
        assert user.chat.prompt.text == ""
        await user.pilot.press("ctrl+d")
        await user.until(lambda: not user.app.is_running)


async def test_a_command_is_chosen_from_the_palette() -> None:
    async with using(ScriptedSession()) as user:
        await user.pilot.press("ctrl+p")
        await user.until(lambda: user.app.screen is not user.chat)
        await user.pilot.press(*"forget")
        await user.pilot.pause(0.3)
        await user.pilot.press("enter", "enter")
        await user.until(lambda: user.app.screen is user.chat)
        await user.until(lambda: user.chat.prompt.text == "/forget ")
