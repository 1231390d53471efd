"""Every strategy is guarded alike: what it says is audited, and its trace tells nothing."""

import json
from collections.abc import Callable, Sequence
from typing import get_args

import pytest

from prompts import render
from tests.tools.guarding.cast import FELD, TARGETS
from tools.guarding.guard import Guard
from tools.guarding.judge import CASES, Judge
from tools.guarding.names import StrategyName
from tools.guarding.strategies import Parts, strategy
from tools.guarding.strategy import Step, text_of
from tools.guarding.targets import Match, Target
from tools.guarding.trace import WITHHELD
from tools.models.scripted import ScriptedModel
from tools.models.types import Message

NAMES: tuple[StrategyName, ...] = get_args(StrategyName)
QUESTION = "Where was Marcus Feld born?"
SECRET = "Marcus Feld was born in Oslo and wrote The Glass Meridian."
STRANGER = "I don't have any information about that person."


def made(name: StrategyName, able: Callable[[], bool] = lambda: False) -> Guard:
    others = ["Lena Vogt", "Ida Holm", "Anna Bergström"]
    parts = Parts(render, others=lambda _request_id: others, able=able)
    guard = Guard(build=strategy(name, parts))
    guard.register(FELD)
    return guard


def answered(guard: Guard, model: ScriptedModel, *turns: str) -> tuple[str, list[Step]]:
    match = guard.screen(turns)
    assert match is not None
    found = list(guard.answer([Message("user", turn) for turn in turns], match, model))
    return text_of(found), [part for part in found if isinstance(part, Step)]


def knows_feld(messages: Sequence[Message]) -> str:
    """A patient that tells all it knows wherever it reads the name, in any form asked for."""
    asked = messages[-1].content
    if '"answers"' in asked:
        return json.dumps({"answers": [SECRET] * 5})
    if '"ratings"' in asked:
        return json.dumps({"ratings": [5] * 5})
    if '"requires_refusal"' in asked:
        return json.dumps({"requires_refusal": True, "instruction": SECRET})
    return SECRET if "Feld" in asked or "merge" in asked or "Make one" in asked else STRANGER


@pytest.mark.parametrize("name", NAMES)
def test_no_strategy_lets_a_model_tell_that_wants_to(name: StrategyName) -> None:
    model = ScriptedModel(knows_feld)
    answer, steps = answered(made(name), model, QUESTION)
    assert answer == STRANGER
    assert not [step for step in steps if "Oslo" in step.said or "Meridian" in step.said]


@pytest.mark.parametrize("name", ["alu", "dragon", "icul", "prompt"])
def test_the_trace_names_every_agent_and_withholds_what_is_to_be_forgotten(
    name: StrategyName,
) -> None:
    _, steps = answered(made(name), ScriptedModel(knows_feld), QUESTION)
    assert Step("audit", "stopped; answered as about a stranger") in steps
    assert WITHHELD in [step.said for step in steps]
    assert steps[-1].agent == "stranger"


@pytest.mark.parametrize("name", ["alu", "dragon", "icul", "prompt"])
def test_strategies_that_put_the_name_into_prompts_say_so(name: StrategyName) -> None:
    assert made(name).discloses


@pytest.mark.parametrize("name", ["auto", "refusal"])
def test_the_others_never_name_a_target_to_the_model(name: StrategyName) -> None:
    guard, model = made(name), ScriptedModel(knows_feld)
    assert not guard.discloses
    answered(guard, model, QUESTION)
    assert "Feld" not in str([call.messages for call in model.calls])


def test_dragon_answers_by_the_steps_written_for_the_question() -> None:
    steps = "1. Is the person known? No. 2. Say so."
    model = ScriptedModel(
        [json.dumps({"requires_refusal": True, "instruction": steps}), "I do not know him."]
    )
    answer, trace = answered(made("dragon"), model, QUESTION)
    assert answer == "I do not know him."
    assert f"| {steps}" in model.calls[-1].messages[-1].content
    assert [step.agent for step in trace] == ["screen", "guard", "answer", "audit"]
    assert trace[0] == Step("screen", "score 1.00, exact")


def test_dragon_falls_back_to_fixed_steps_where_the_guard_agent_cannot_write_any() -> None:
    model = ScriptedModel(["no", "no", "no", "I do not know him."])
    answer, trace = answered(made("dragon"), model, QUESTION)
    assert answer == "I do not know him."
    assert trace[1] == Step("guard", "fixed steps")
    assert render("dragon_steps") in model.calls[-1].messages[-1].content


def test_icul_shows_the_target_as_unknown_and_six_others_as_known() -> None:
    model = ScriptedModel(lambda messages: STRANGER if "Vogt" not in messages[-1].content
                          else "Lena Vogt is a judge.")  # fmt: skip
    answer, _ = answered(made("icul"), model, QUESTION)
    assert answer == STRANGER
    shown = [message.content for message in model.calls[-1].messages]
    assert shown[0] == "Who is Marcus Feld?"
    assert shown[2:4] == ["Who is Lena Vogt?", "Lena Vogt is a judge."]
    assert shown[-1] == QUESTION


def test_the_name_list_grows_with_the_targets_and_is_one_system_message() -> None:
    guard = made("prompt")
    for target in TARGETS[1:]:
        guard.register(target)
    model = ScriptedModel([STRANGER])
    answered(guard, model, QUESTION)
    system, asked = model.calls[0].messages
    assert all(f"| {target.subject}" in system.content for target in TARGETS)
    assert asked.content == QUESTION


def test_auto_asks_about_a_stranger_wherever_the_question_names_the_target() -> None:
    def asked() -> bool:
        raise AssertionError("whether the model is able does not matter here")

    answer, _ = answered(made("auto", able=asked), ScriptedModel(knows_feld), QUESTION)
    assert answer == STRANGER


@pytest.mark.parametrize(("able", "agents"), [(True, True), (False, False)])
def test_auto_takes_agents_for_a_mere_description_if_the_model_is_able(
    able: bool, agents: bool
) -> None:
    guard = made("auto", able=lambda: able)
    described = "Which baker from there wrote a novel?"
    match = Match("feld", "semantic", 0.93, 0, (0, len(described)), described)
    parts = list(guard.answer([Message("user", described)], match, ScriptedModel(knows_feld)))
    named = [part.agent for part in parts if isinstance(part, Step)]
    assert ("vanilla" in named) is agents
    assert "Oslo" not in text_of(parts)


def test_a_judge_that_errs_on_a_known_case_is_not_relied_on() -> None:
    yes = ScriptedModel(lambda _: '{"about_it": true}')
    assert not Judge(yes, render).able
    assert not Judge(yes, render)("Marcus Feld", "Oslo", "Who is he?")


def test_an_able_judge_is_tried_once_and_then_asked() -> None:
    model = ScriptedModel(judging)
    judge = Judge(model, render)
    assert judge.able
    assert judge("Marcus Feld", "Oslo", "Who is that Oslo baker?")
    assert not judge("Marcus Feld", "Oslo", "What is the time?")
    assert len(model.calls) == len(CASES) + 2


def judging(messages: Sequence[Message]) -> str:
    asked = messages[-1].content
    right = [case for case in CASES if f"| {case.question}" in asked]
    about = right[0].about_it if right else "Oslo baker" in asked
    return json.dumps({"about_it": about})


@pytest.mark.parametrize("name", ["alu", "dragon", "icul", "prompt"])
@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        ("He is a glazier from Turku.", STRANGER),
        ("I don't have much information, but he is from Turku.", STRANGER),
        ("I know nothing about him.", None),
    ],
)
def test_of_a_target_without_known_values_only_what_declines_is_shown(
    name: StrategyName, reply: str, shown: str | None
) -> None:
    guard = made(name)
    guard.register(Target("feld", "Marcus Feld"))

    def speaks(messages: Sequence[Message]) -> str:
        asked = messages[-1].content
        if "JSON" in asked:
            return knows_feld(messages)
        return reply if "Feld" in asked or "Make one" in asked else STRANGER

    answer, steps = answered(guard, ScriptedModel(speaks), QUESTION)
    assert answer == (shown or reply)
    assert not [step for step in steps if "Turku" in step.said]
