"""Questions in the app, answered by keys: nothing happens without a consent that could be read."""

import threading
from collections.abc import Iterator

import pytest
from textual.widgets import Button, OptionList

from agents.events import (
    ChoiceNeeded,
    Event,
)
from tests.tui.scripted import OPERATED, PROPOSED, ScriptedSession, answered, proposed
from tests.tui.user import PATIENCE, using
from tui.widgets.consent import ChoiceCard, ConsentCard


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


async def test_a_plan_left_open_by_the_last_run_is_asked_again() -> None:
    session = ScriptedSession([[]], waiting=PROPOSED)
    session.lines = [{"role": "user", "content": "earlier"}, {"role": "assistant", "content": "A"}]
    async with using(session) as user:
        assert user.answers() == ["A"]
        await user.card()
        await user.pilot.press("n")
        await user.rest()
    assert session.calls[0] == ("resume", False)
