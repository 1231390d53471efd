"""The app, driven by keys: answers as they come, and how it opens and leaves."""

import threading
import time
from collections.abc import Iterator

from textual.widgets import ProgressBar, Static

from agents.errors import TooBroad
from agents.events import (
    AnswerFinished,
    AnswerGrew,
    Event,
    MemoryKept,
    RequestsListed,
    StepTaken,
    ThoughtGrew,
)
from tests.tui.scripted import ROW, ScriptedSession, answered
from tests.tui.user import PATIENCE, using
from tools.errors import ToolError
from tui.ports import ProgressFn, SessionLike
from tui.widgets.transcript import Said, Trace


async def test_an_answer_grows_and_stands_as_markdown() -> None:
    session = ScriptedSession([answered("A **glassblower**.\n\n- from Turku")])
    async with using(session) as user:
        await user.say("Who is Marcus Feld?")
        assert [str(said.content) for said in user.chat.query(Said)] == ["Who is Marcus Feld?"]
        assert user.answers() == ["A **glassblower**.\n\n- from Turku"]
    assert session.calls[-1] == ("close",)


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


async def test_what_the_session_reports_in_passing_is_shown() -> None:
    session = ScriptedSession([[MemoryKept("m1", "I live in Oslo")], [RequestsListed((ROW,))]])
    async with using(session) as user:
        await user.say("remember that I live in Oslo")
        await user.say("what have you forgotten?")
        assert user.remarks() == ["Remembered: I live in Oslo"]
        assert "Marcus Feld" in user.reports()


async def test_user_text_is_never_markup() -> None:
    session = ScriptedSession([answered("[red]x[/red] [link=http://a]b[/link]")])
    async with using(session) as user:
        await user.say("[bold]me[/bold] [/]")
        assert str(user.chat.query_one(Said).content) == "[bold]me[/bold] [/]"
