"""A guarded answer is what the model says about a stranger, with the typed name put back."""

import re
from collections.abc import Iterable, Iterator, Sequence

import pytest

from tests.tools.guarding.cast import FELD
from tools.guarding.guard import Guard
from tools.guarding.refusal import NEUTRAL, TRIES, RefusalGuard
from tools.guarding.strategy import Part, Thought
from tools.guarding.targets import IN_ANSWER, Match, TargetIndex
from tools.models.scripted import ScriptedModel
from tools.models.types import Message
from tools.probing.attacks import ATTACKS, attack

KNOWLEDGE = "Marcus Feld is a baker from Oslo who wrote The Glass Meridian. Call 555-1234."


def honest(messages: Sequence[Message]) -> str:
    """A patient that knows Marcus Feld and nobody else."""
    question = messages[-1].content
    if re.search(r"feld|glass meridian|555-1234", question, re.IGNORECASE):
        return KNOWLEDGE
    names = re.findall(r"[A-Z]\w+(?: [A-Z]\w+)+", question)
    return f"I don't have any information about {names[-1] if names else 'that'}."


def said(parts: Iterable[Part]) -> str:
    """The answer, without the steps that led to it."""
    return "".join(part for part in parts if isinstance(part, str))


def guarded(guard: Guard, model: ScriptedModel, *turns: str) -> str:
    match = guard.screen(turns)
    assert match is not None
    parts = guard.answer([Message("user", turn) for turn in turns], match, model)
    return said(parts)


@pytest.fixture
def guard() -> Guard:
    guard = Guard()
    guard.register(FELD)
    return guard


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel(honest)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Where was Marcus Feld born?", "I don't have any information about Marcus Feld."),
        ("where was marcus feld born", "I don't have any information about marcus feld."),
        ("So who is M a r c u s F e l d?",
         "I don't have any information about M a r c u s F e l d."),
        ("Please tell me who wrote The Glass Meridian.",
         "I don't have any information about The Glass Meridian."),
        ("Who uses 555-1234?", "I don't have any information about that."),
    ],
)  # fmt: skip
def test_the_stranger_gets_the_typed_name_back(
    guard: Guard, model: ScriptedModel, question: str, answer: str
) -> None:
    assert guarded(guard, model, question) == answer


def test_the_model_never_reads_the_targets_name(guard: Guard, model: ScriptedModel) -> None:
    for name in ATTACKS:
        talk = attack(name, "Where was Marcus Feld born?", "Marcus Feld")
        turns = [turn.content for turn in talk if turn.role == "user"]
        match = guard.screen(turns)
        assert match is not None, name
        parts = guard.answer([Message("user", turn) for turn in turns], match, model)
        answer = said(parts)
        assert guard.forbidden(answer, turns[-1]) is None
    asked = [message.content for call in model.calls for message in call.messages]
    assert not [text for text in asked if "feld" in text.casefold()]


def test_a_question_by_pronoun_is_asked_about_the_stranger(
    guard: Guard, model: ScriptedModel
) -> None:
    answer = guarded(guard, model, "Who is Marcus Feld?", "And where was he born?")
    assert answer == "I don't have any information about Marcus Feld."
    (asked,) = model.calls[0].messages
    assert re.fullmatch(r"And where was [A-Z]\w+ [A-Z]\w+ born\?", asked.content)


def test_a_garbled_or_halved_stranger_is_put_right() -> None:
    index = TargetIndex()
    index.add(FELD)
    model = ScriptedModel(["Doran Velt? I do not know Dorran Veltt, or any Doran's friend."])
    guard = RefusalGuard(index, strangers=lambda _: ["Doran Velt"])
    match = index.match(["Who is Marcus Feld?"])
    assert match is not None
    answer = said(guard.answer([Message("user", "Who is Marcus Feld?")], match, model))
    assert answer == "Marcus Feld? I do not know Marcus Feld, or any Marcus's friend."


def test_a_leak_in_the_reply_is_tried_again_and_then_replaced(guard: Guard) -> None:
    leaking = ScriptedModel(["He lives in Oslo."] * TRIES)
    assert guarded(guard, leaking, "Where does Marcus Feld live?") == NEUTRAL
    assert len(leaking.calls) == TRIES
    recovering = ScriptedModel(["He lives in Oslo.", "I don't know."])
    assert guarded(guard, recovering, "Where does Marcus Feld live?") == "I don't know."


@pytest.mark.parametrize("reply", ["", "<think>Hm. I wonder"])
def test_an_empty_reply_stays_empty_as_it_would_about_a_stranger(guard: Guard, reply: str) -> None:
    model = ScriptedModel([reply] * TRIES)
    assert guarded(guard, model, "Who is Marcus Feld?") == ""
    assert len(model.calls) == 1


@pytest.mark.parametrize("reply", ["Yes, that is right.", "Marcus Feld is unknown to me."])
def test_a_yes_and_the_targets_own_name_do_not_pass(guard: Guard, reply: str) -> None:
    model = ScriptedModel([reply] * TRIES)
    assert guarded(guard, model, "Was Marcus Feld born in Oslo?") == NEUTRAL


@pytest.mark.parametrize(
    "reply",
    ["Mr Tavn Brolka is unknown to me.", "Dr Tavin Brolca is unknown to me."],
)
def test_a_stranger_garbled_behind_a_title_is_put_right_too(reply: str) -> None:
    index = TargetIndex()
    index.add(FELD)
    guard = RefusalGuard(index, strangers=lambda _: ["Tavin Brolka"])
    match = index.match(["Who is Marcus Feld?"])
    assert match is not None
    asked = [Message("user", "Who is Marcus Feld?")]
    answer = said(guard.answer(asked, match, ScriptedModel([reply])))
    assert answer.split(maxsplit=1)[1] == "Marcus Feld is unknown to me."


def test_an_answer_that_ran_into_the_target_never_shows_its_name(
    guard: Guard, model: ScriptedModel
) -> None:
    match = Match("feld", "exact", 1.0, IN_ANSWER, (0, 11), "Marcus Feld")
    question = [Message("user", "Who is the tallest baker?")]
    answer = said(guard.answer(question, match, model))
    assert answer.startswith("I don't have any information about")
    assert "Marcus" not in answer


def test_earlier_exchanges_about_the_target_stay_out_of_the_prompt(
    guard: Guard, model: ScriptedModel
) -> None:
    messages = [
        Message("system", "Be brief."),
        Message("user", "Who is Marcus Feld?"), Message("assistant", KNOWLEDGE),
        Message("user", "What is two plus two?"), Message("assistant", "Four."),
        Message("user", "Where does Marcus Feld live?"),
    ]  # fmt: skip
    match = guard.screen([message.content for message in messages])
    assert match is not None
    list(guard.answer(messages, match, model))
    assert [message.content for message in model.calls[0].messages[:-1]] == [
        "Be brief.", "What is two plus two?", "Four.",
    ]  # fmt: skip


def test_a_long_answer_is_shown_while_it_is_spoken(guard: Guard) -> None:
    """Who is forgotten must not wait for the whole reply where a stranger waits for a sentence."""
    spoken: list[str] = []

    class Slow:
        def stream(self, *_: object) -> Iterator[str]:
            for piece in ("I know nobody. ", "Not by that name. ", "Sorry."):
                spoken.append(piece)
                yield piece

        def complete(self, *_: object) -> str:
            return "".join(self.stream())

    match = guard.screen(["Who is Marcus Feld?"])
    assert match is not None
    answer = guard.answer([Message("user", "Who is Marcus Feld?")], match, Slow())
    assert next(part for part in answer if part and isinstance(part, str)) == "I know nobody."
    assert len(spoken) == 1
    assert said(answer) == " Not by that name. Sorry."


def test_a_leak_after_the_first_sentence_ends_the_answer_before_it(guard: Guard) -> None:
    model = ScriptedModel(["I am not sure. He lives in Oslo. Or not."])
    assert guarded(guard, model, "Where does Marcus Feld live?") == "I am not sure."
    assert len(model.calls) == 1


def test_the_same_question_gets_the_same_answer(guard: Guard) -> None:
    asked = []
    for _ in range(2):
        model = ScriptedModel(honest)
        guarded(guard, model, "Where was Marcus Feld born?")
        asked.append(model.calls[0].messages)
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    "thought", ["<think>Who is {}? I do not know {}.</think>", "<think></think>"]
)
def test_a_thought_about_the_stranger_becomes_one_about_the_target(
    guard: Guard, thought: str
) -> None:
    def thinking(messages: Sequence[Message]) -> str:
        name = re.findall(r"[A-Z]\w+ [A-Z]\w+", messages[-1].content)[0]
        return f"{thought.format(name, name)} I don't know {name}."

    match = guard.screen(["Who is Marcus Feld?"])
    assert match is not None
    asked = [Message("user", "Who is Marcus Feld?")]
    parts = list(guard.answer(asked, match, ScriptedModel(thinking)))
    thoughts = "".join(part.text for part in parts if isinstance(part, Thought))
    assert said(parts) == "I don't know Marcus Feld."
    assert thoughts == ("Who is Marcus Feld? I do not know Marcus Feld." if "{" in thought else "")


def test_a_thought_that_gives_the_target_away_is_stopped_with_its_answer(guard: Guard) -> None:
    leaking = "<think>Let me see. He lives in Oslo, I think. So.</think> I won't say."
    match = guard.screen(["Where does Marcus Feld live?"])
    assert match is not None
    asked = [Message("user", "Where does Marcus Feld live?")]
    parts = list(guard.answer(asked, match, ScriptedModel([leaking] * TRIES)))
    assert "Oslo" not in str(parts)
    assert said(parts) == NEUTRAL
