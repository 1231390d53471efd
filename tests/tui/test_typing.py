"""The input of the app: what keys do in it, and what a mistake comes to."""

import pytest

from agents.turns import LONGEST
from tests.tui.scripted import ScriptedSession, answered
from tests.tui.user import using
from tui.screens.search import SearchScreen
from tui.widgets.hints import Hints


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
