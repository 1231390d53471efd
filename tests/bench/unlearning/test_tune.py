"""How settings are compared: on people who are not reported, by all that counts at once."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from bench import questions as asks
from bench.unlearning import data
from bench.unlearning.tune import LEAST, SEED, question_sets, score

BEFORE = {"forget": 1.0, "others": 1.0, "neighbours": 0.8, "talk": 1.0, "unknown": 0.9}


def test_a_perfect_setting_forgets_and_keeps_what_was_there_before() -> None:
    assert score(BEFORE | {"forget": 0.0}, BEFORE) == pytest.approx(1.0)


def test_what_is_lost_cannot_be_made_up_for_by_what_is_kept() -> None:
    without = score(BEFORE | {"forget": 0.0, "neighbours": 0.0}, BEFORE)
    assert without == pytest.approx(5 / (4 + 1 / LEAST))
    assert score(BEFORE, BEFORE) == pytest.approx(without)
    assert score(BEFORE | {"forget": 0.0, "neighbours": 0.4}, BEFORE) == pytest.approx(5 / 6)


def test_settings_are_compared_on_people_who_are_not_reported() -> None:
    names = data.people(2, SEED, tuned=True)
    asked = question_sets(names)["forget"]
    assert {question.subject for question in asked} == set(names)
    assert not set(names) & set(asks.halves()[1])
