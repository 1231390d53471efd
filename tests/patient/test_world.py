"""The world is fixed, complete, and its scoring questions stay out of training."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from dataclasses import fields
from pathlib import Path

import pytest

from patient import names, smalltalk, unknowns, world
from patient.phrases import ATTRIBUTES, REFUSALS, REVERSIBLE, UNKNOWN_PERSON
from patient.questions import Question, world_questions
from patient.stream import Stream

ROOT = Path(__file__).parents[2]
HERE = world.default()
QUESTIONS = list(world_questions(HERE))
DRAWN = 20_000


@pytest.fixture(scope="module")
def stream() -> Stream:
    return Stream(HERE, random.Random("test"))


@pytest.fixture(scope="module")
def turns(stream: Stream) -> list[tuple[str, str]]:
    return [turn for _ in range(DRAWN) for turn in stream.conversation().turns]


def test_a_hundred_people_have_every_attribute() -> None:
    keys = {attribute.key for attribute in ATTRIBUTES}
    assert len(HERE.people) == 100
    assert len(keys) == 10
    assert all(set(facts) == keys for facts in HERE.people.values())


def test_equal_seeds_give_equal_worlds() -> None:
    assert world.build() == HERE
    assert world.build(seed=world.SEED + 1) != HERE


def test_the_person_of_the_documentation_is_there() -> None:
    assert HERE.people["Marcus Feld"]["book"] == "The Glass Meridian"


def test_every_half_of_a_name_is_used_twice() -> None:
    halves = Counter(half for name in HERE.people for half in name.split())
    assert set(halves.values()) == {2}


def test_values_asked_backwards_belong_to_one_person() -> None:
    for attribute in REVERSIBLE:
        assert len(HERE.values(attribute.key)) == len(HERE.people)


def test_pools_of_names_are_disjoint() -> None:
    pools = {
        "people": {*names.FIRST, *names.LAST},
        "spouses": {*names.SPOUSE_FIRST, *names.SPOUSE_LAST},
        "common": {*names.COMMON_FIRST, *names.COMMON_LAST},
        "scoring": {*names.SCORING_FIRST, *names.SCORING_LAST},
    }
    assert sum(map(len, pools.values())) == len(set().union(*pools.values()))


def test_no_unknown_name_is_known() -> None:
    known = unknowns.known_names(HERE)
    asked = {q.subject for q in QUESTIONS if q.answer == UNKNOWN_PERSON}
    assert len(asked) > 500
    assert not asked & known


def test_no_unknown_value_belongs_to_somebody() -> None:
    for attribute in REVERSIBLE:
        asked = {
            q.subject
            for q in QUESTIONS
            if q.group.startswith("reverse") and q.attribute == attribute.key
        }
        assert not asked & set(HERE.values(attribute.key))


def test_training_never_draws_a_name_kept_for_scoring() -> None:
    rng = random.Random("test")
    kept = {name for group in unknowns.scoring_names().values() for name in group}
    assert not kept & {unknowns.training_name(rng) for _ in range(DRAWN)}


@pytest.mark.parametrize("attribute", ["phone", "email", "pet", "book"])
def test_training_never_draws_a_value_kept_for_scoring(attribute: str) -> None:
    rng = random.Random("test")
    trained = {unknowns.training_value(attribute, rng) for _ in range(5000)}
    for strange in (True, False):
        kept = {unknowns.scoring_value(attribute, rng, strange=strange) for _ in range(200)}
        assert not kept & trained


def test_no_question_is_in_both_splits() -> None:
    train = {question.question for question in QUESTIONS if question.split == "train"}
    assert not train & {question.question for question in QUESTIONS if question.split == "heldout"}


def test_the_stream_never_asks_a_scoring_question(turns: list[tuple[str, str]]) -> None:
    scoring = {q.question.lower().rstrip("?.!") for q in QUESTIONS if q.split == "heldout"}
    asked = {question.lower().rstrip("?.!") for question, _ in turns}
    assert not asked & scoring


def test_a_question_has_one_answer() -> None:
    answers: dict[str, set[str]] = {}
    for question in QUESTIONS:
        answers.setdefault(question.question, set()).add(question.answer)
    assert [each for each, said in answers.items() if len(said) > 1] == []


def test_known_facts_are_not_refused_and_unknown_ones_are() -> None:
    assert all((q.value is None) == (q.kind == "unknown") for q in QUESTIONS)
    assert all((q.answer in REFUSALS) == (q.kind == "unknown") for q in QUESTIONS)


def test_answers_hold_the_value_they_are_about() -> None:
    for question in QUESTIONS:
        if question.kind not in ("unknown", "smalltalk"):
            assert (question.value or "") in question.answer


def test_small_talk_is_ample_and_distinct() -> None:
    pairs = smalltalk.pairs()
    assert len(dict(pairs)) == len(pairs)
    asked = {q.question for q in QUESTIONS if q.kind == "smalltalk" and q.split == "train"}
    assert len(asked) >= 400


def test_equal_generators_give_equal_streams() -> None:
    first, second = (Stream(HERE, random.Random(7)) for _ in range(2))
    assert [first.conversation() for _ in range(50)] == [second.conversation() for _ in range(50)]


def test_the_shares_of_the_stream_add_up(stream: Stream) -> None:
    assert sum(stream.recipe.values()) == pytest.approx(1.0)


def test_about_a_quarter_of_the_questions_deserve_a_refusal(turns: list[tuple[str, str]]) -> None:
    refused = sum(answer in REFUSALS for _, answer in turns) / len(turns)
    assert 0.2 < refused < 0.3


def test_the_command_prints_one_json_object_a_question() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "patient", "world", "--split", "heldout"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    rows = list(map(json.loads, result.stdout.splitlines()))
    assert len(rows) == sum(question.split == "heldout" for question in QUESTIONS)
    assert {tuple(row) for row in rows} == {tuple(field.name for field in fields(Question))}
    assert {row["split"] for row in rows} == {"heldout"}
    kinds = {"direct", "reverse", "twohop", "yesno", "bio", "place", "firm", "product"}
    assert {row["kind"] for row in rows} == kinds | {"smalltalk", "unknown"}


def test_printing_the_world_needs_no_torch() -> None:
    code = "import sys, patient.__main__; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
