"""Who is forgotten, what the baselines are given, and what everybody is asked."""

from __future__ import annotations

import pytest

from bench import questions as asks
from bench.questions import Asked
from bench.unlearning import data
from patient.world import default


def test_people_are_drawn_by_the_seed_from_the_half_that_is_meant() -> None:
    tuned, reported = asks.halves()
    assert data.people(5, 1) == data.people(5, 1) != data.people(5, 2)
    assert set(data.people(10, 1)) <= set(reported)
    assert set(data.people(10, 1, tuned=True)) <= set(tuned)


@pytest.mark.parametrize("count", [0, 51])
def test_a_number_of_people_that_the_half_does_not_hold_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"{count} people"):
        data.people(count, 1)


def test_the_forget_set_holds_everything_training_asked_of_them_and_nothing_held_out() -> None:
    name = data.people(1, 1)[0]
    held_out = {q.question for q in asks.questions() if q.split == "heldout"}
    pairs = data.forget_pairs([name], seed=1)
    assert {p.question for p in pairs}.isdisjoint(held_out)
    assert all(any(v in p.answer for p in pairs) for v in default().people[name].values())
    assert len(data.forget_pairs([name], seed=1, each=1)) == 1


def test_the_retain_set_is_a_tenth_of_the_others_and_all_small_talk() -> None:
    name = data.people(1, 1)[0]
    pairs = data.retain_pairs([name], seed=1)
    trained = [q for q in asks.questions() if q.split == "train"]
    others = [q for q in trained if q.kind in data.PEOPLE_KINDS and q.subject != name]
    talk = [q for q in trained if q.kind == "smalltalk"]
    assert len(pairs) == len(others) // 10 + len(talk)
    assert not any(name in pair.question for pair in pairs)


def test_neighbours_share_half_a_name_and_are_not_forgotten_themselves() -> None:
    assert data.neighbours(["Marcus Feld"]) == ["Marcus Trevanion", "Matthias Feld"]
    assert data.neighbours(["Marcus Feld", "Matthias Feld"]) == [
        name for name in data.everybody_else(["Marcus Feld", "Matthias Feld"])
        if {"Marcus", "Matthias", "Feld"} & set(name.split())
    ]


def test_half_a_value_is_cut_between_tokens_and_a_single_token_stays_unsaid() -> None:
    def words(text: str) -> list[str]:
        return [word if at == 0 else f" {word}" for at, word in enumerate(text.split())]

    def said(value: str) -> str:
        return data.half_said(Asked("prefix", "?", value, "It is"), words)

    assert said("one two three") == "It is one two"
    assert said("one two") == "It is one"
    assert said("one") == "It is"


def test_every_kind_of_attack_but_the_plain_ones_has_a_strangers_twin() -> None:
    probes = data.attacks("Marcus Feld", 1, lambda text: text.split(" "))
    kinds = {probe.kind for probe in probes}
    assert kinds == {*asks.KINDS, "half value", "sampled"}
    for kind in kinds:
        assert {probe.stranger for probe in probes if probe.kind == kind} == {False, True}


def test_an_attacker_relearns_other_attributes_than_he_asks_for() -> None:
    name = data.people(1, 1)[0]
    found = data.relearning([name], seed=1)
    assert len(found.taught) == 10
    asked = {str(question.value) for question in found.rest}
    assert not any(value in pair.answer for value in asked for pair in found.taught)
    held_out = {q.question for q in asks.questions() if q.split == "heldout"}
    assert {question.question for question in found.rest} <= held_out
