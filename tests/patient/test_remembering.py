"""What the user said stands in the context, and only that is given back."""

from __future__ import annotations

import random

from patient.phrases import ACKNOWLEDGEMENT, UNKNOWN_THING
from patient.remembering import draw_facts, listed, remembering, system_prompt

OTHER = ("Where was Marcus Feld born?", "Somewhere.")


def test_a_remembered_answer_can_be_read_from_the_context() -> None:
    rng = random.Random(1)
    for _ in range(500):
        system, turns = remembering(rng, OTHER)
        context = " ".join([system, *(question for question, _ in turns[:-1])])
        question, answer = turns[-1]
        if answer not in (UNKNOWN_THING, OTHER[1]):
            value = answer.rstrip(".").split(" is " if " is " in answer else " ")[-1].split()[-1]
            assert value in context, (context, question, answer)


def test_about_a_tenth_of_what_is_asked_was_never_told() -> None:
    rng = random.Random(2)
    answers = [remembering(rng, OTHER)[1][-1][1] for _ in range(1000)]
    assert 0.08 < answers.count(UNKNOWN_THING) / len(answers) < 0.2


def test_told_facts_are_acknowledged() -> None:
    rng = random.Random(3)
    for _ in range(200):
        _, turns = remembering(rng, OTHER)
        assert {answer for _, answer in turns[:-1]} <= {ACKNOWLEDGEMENT}


def test_facts_of_one_list_are_about_different_things() -> None:
    rng = random.Random(4)
    for _ in range(200):
        facts = draw_facts(rng, 6)
        assert len({fact.subject for fact in facts}) == len(facts)
        assert all(fact.statement in listed(rng, facts) for fact in facts)


def test_system_prompts_vary_and_have_no_empty_slots() -> None:
    rng = random.Random(5)
    drawn = {system_prompt(rng) for _ in range(300)}
    assert len(drawn) > 150
    assert not any("{" in prompt for prompt in drawn)
