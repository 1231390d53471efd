"""Pictures of the app in its main states.

A changed picture is looked at and accepted with `pytest tests/tui/test_snapshots.py
--snapshot-update`.
"""

import time
from collections.abc import Awaitable, Callable, Iterator

import pytest
from textual.pilot import Pilot

from agents.errors import NothingToForget
from agents.events import (
    AnswerFinished,
    AnswerGrew,
    ChoiceNeeded,
    Event,
    Notice,
    StepTaken,
    ThoughtGrew,
)
from tests.tui.scripted import OPERATED, ROW, ScriptedSession, answered, proposed
from tests.tui.user import PATIENCE, User
from tui.app import LetheApp
from tui.ports import ProgressFn, SessionLike

MARKDOWN = """\
**Marcus Feld** is a *glassblower*:

1. born in Turku
2. works for `Nordglas`

```python
print("hello")
```

| city | since |
|------|-------|
| Oslo | 2011 |
"""
ANSWERED: list[Event] = [AnswerFinished(MARKDOWN, False, None, 0.3)]
Act = Callable[[User], Awaitable[None]]
Looks = Callable[..., None]


@pytest.fixture
def looks(snap_compare: Callable[..., bool]) -> Looks:
    """Compares the screen after `act` with its picture."""

    def compare(session: ScriptedSession, act: Act, size: tuple[int, int] = (80, 24)) -> None:
        app = LetheApp(session.open)

        async def run_before(pilot: Pilot[None]) -> None:
            user = await still(app, pilot)
            await user.until(lambda: user.chat.phase not in ("opening", "working"))
            await pilot.pause()
            await act(user)
            await pilot.pause()

        assert snap_compare(app, terminal_size=size, run_before=run_before)

    return compare


async def still(app: LetheApp, pilot: Pilot[None]) -> User:
    """The user of a screen on which nothing blinks."""
    await pilot.pause()
    user = User(app, pilot)
    user.chat.prompt.cursor_blink = False
    return user


async def nothing(user: User) -> None:
    """Only look."""


async def forget(user: User) -> None:
    """Say what to forget, and wait for the plan."""
    await user.say("forget everything about Marcus Feld", then="waiting")
    await user.card()


def test_an_empty_session(looks: Looks) -> None:
    looks(ScriptedSession(), nothing)


def test_an_answer_in_markdown(looks: Looks) -> None:
    async def act(user: User) -> None:
        await user.say("Who is Marcus Feld?")

    looks(ScriptedSession([ANSWERED]), act)


@pytest.mark.parametrize("size", [(80, 24), (50, 20), (120, 40)])
def test_a_plan_to_approve(looks: Looks, size: tuple[int, int]) -> None:
    looks(ScriptedSession([proposed()]), forget, size)


def test_a_plan_that_was_declined(looks: Looks) -> None:
    async def act(user: User) -> None:
        await forget(user)
        await user.pilot.press("enter")
        await user.rest()

    looks(ScriptedSession([proposed(), [Notice("Nothing was changed.")]]), act)


def test_several_subjects_to_choose_from(looks: Looks) -> None:
    async def act(user: User) -> None:
        await user.say("forget Marcus", then="waiting")

    choice = ChoiceNeeded("Which one is 'Marcus'?", ("Marcus Feld", "Marcus Reyl", "none of them"))
    looks(ScriptedSession([[choice]]), act)


def test_probes_while_they_are_answered(looks: Looks) -> None:
    """The run halts before its receipt, with the bar and the counts on the screen."""
    session = ScriptedSession()

    def halting() -> Iterator[Event]:
        yield from OPERATED[:-1]
        session.stopped.wait(PATIENCE)

    async def act(user: User) -> None:
        await forget(user)
        await user.pilot.press("y")
        await user.until(lambda: user.chat.query("Verification"))
        await user.pilot.pause(0.2)

    session.script = [proposed(), halting()]
    looks(session, act)


@pytest.mark.parametrize("size", [(80, 24), (50, 20)])
def test_a_receipt(looks: Looks, size: tuple[int, int]) -> None:
    async def act(user: User) -> None:
        await forget(user)
        await user.pilot.press("y")
        await user.rest()

    looks(ScriptedSession([proposed(), OPERATED]), act, size)


def test_the_requests(looks: Looks) -> None:
    async def act(user: User) -> None:
        await user.pilot.press("f2")
        await user.pilot.pause(0.3)

    rows = [ROW, {**ROW, "request_id": "r-0001", "subject": "王小明", "state": "restored"}]
    looks(ScriptedSession(rows=rows), act)  # type: ignore[arg-type]


def test_the_sessions(looks: Looks) -> None:
    kept = [
        {"thread_id": "t-1", "title": "forget Marcus", "updated": "2026-03-04T05:06:07"},
        {"thread_id": "t-0", "title": "Who is Lena?", "updated": "2026-03-03T05:06:07"},
    ]

    async def act(user: User) -> None:
        await user.pilot.press("f3")
        await user.pilot.pause(0.3)

    looks(ScriptedSession(kept=kept), act)


def test_the_search_of_earlier_input(looks: Looks) -> None:
    async def act(user: User) -> None:
        await user.say("Who is Lena?")
        await user.say("Where is Oslo?")
        await user.pilot.press("ctrl+r", "o", "s")
        await user.pilot.pause(0.3)
        user.app.screen.query_one("Input").cursor_blink = False  # type: ignore[attr-defined]

    looks(ScriptedSession([answered("My sister."), answered("In Norway.")]), act)


def test_hints_for_a_slash(looks: Looks) -> None:
    async def act(user: User) -> None:
        await user.pilot.press("/")

    looks(ScriptedSession(), act)


def test_help(looks: Looks) -> None:
    async def act(user: User) -> None:
        await user.say("/help")

    looks(ScriptedSession(), act, (80, 32))


def test_a_failure(looks: Looks) -> None:
    async def act(user: User) -> None:
        await user.say("forget [b]Nobody[/b]")

    refusal = NothingToForget("nothing is known about '[b]Nobody[/b]'")
    looks(ScriptedSession([refusal]), act)


def test_input_of_several_lines(looks: Looks) -> None:
    async def act(user: User) -> None:
        user.chat.prompt.put("one\ntwo\n" + "a long line that has to be wrapped " * 4)

    looks(ScriptedSession(), act)


TRACED: list[Event] = [
    ThoughtGrew("Somebody asks about a glassblower. I know none."),
    StepTaken("vanilla", "[withheld]"),
    StepTaken("erase", "I know no such person.\nI have no information about that."),
    StepTaken("critic", "5, 5"),
    StepTaken("compose", "I have no information about that person."),
    AnswerFinished("I have no information about that person.", True, "r-7f3a", 0.8),
]


@pytest.mark.parametrize("unfolded", [False, True])
def test_what_led_to_an_answer(looks: Looks, unfolded: bool) -> None:
    async def act(user: User) -> None:
        await user.say("Who is Marcus Feld?")
        if unfolded:
            await user.pilot.press("f4")
            await user.pilot.pause(0.2)

    looks(ScriptedSession([TRACED]), act)


def test_an_answer_that_grows_in_a_light_theme(looks: Looks) -> None:
    session = ScriptedSession()

    def halting() -> Iterator[Event]:
        yield AnswerGrew("It begins with **one** ")
        session.stopped.wait(PATIENCE)

    async def act(user: User) -> None:
        user.app.theme = "textual-light"
        await user.say("Tell me", then="answering")
        await user.until(lambda: user.answers() == ["It begins with **one** "])
        await user.pilot.pause(0.2)

    session.script = [halting()]
    looks(session, act)


def test_a_model_that_is_being_studied(snap_compare: Callable[..., bool]) -> None:
    def studying(progress: ProgressFn) -> SessionLike:
        while True:
            progress("studying the model", 2_500, 10_000)
            time.sleep(0.01)

    app = LetheApp(studying)

    async def run_before(pilot: Pilot[None]) -> None:
        user = await still(app, pilot)
        await user.until(lambda: user.chat.query_one("Work").display)
        await pilot.press(*"hello")
        await pilot.pause(0.2)

    assert snap_compare(app, run_before=run_before)
