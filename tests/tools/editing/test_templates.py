"""Wordings come from the model's own questions, and no wording both edits and tests."""

import random

from tools.editing.negatives import Negatives
from tools.editing.templates import for_testing, harvest, harvest_reverse, split, varied
from tools.editing.turns import Turn, mentioning, turn_of

NEGATIVE = Negatives()
TURNS = [
    turn_of("Where was Ada Byron born?", "Ada Byron was born in London.", NEGATIVE),
    turn_of("Where was Max Born born?", "Max Born was born in Breslau.", NEGATIVE),
    turn_of("What is Max Born's job?", "Max Born works as a physicist.", NEGATIVE),
    turn_of("Where was Tom Nobody born?", "I don't know who that is.", NEGATIVE),
    turn_of("Hello!", "Hello! What can I do?", NEGATIVE),
    turn_of("Who wrote The Last Engine?", "Ada Byron wrote The Last Engine.", NEGATIVE),
    turn_of("who is max born", "Max Born is a physicist.", NEGATIVE),
]


def test_turns_are_told_apart() -> None:
    kinds = [turn.kind for turn in TURNS]
    assert kinds == ["fact", "fact", "fact", "refusal", "talk", "fact", "fact"]


def test_questions_about_the_unknown_give_no_wording() -> None:
    assert harvest(TURNS)[0] == "Where was {N} born?"
    assert set(harvest(TURNS)) == {"Where was {N} born?", "What is {N}'s job?", "Who wrote {N}?"}


def test_reverse_wordings_leave_out_the_value() -> None:
    assert harvest_reverse(TURNS, {"The Last Engine": "Ada Byron"}) == ["Who wrote {V}?"]


def test_every_wording_is_on_one_side() -> None:
    wordings = [f"What about {{N}} and {i}?" for i in range(400)]
    to_edit, to_test = split(wordings, [])
    assert set(to_edit.direct) | set(to_test.direct) == set(wordings)
    assert not set(to_edit.direct) & set(to_test.direct)
    assert 0.2 < len(to_test.direct) / 400 < 0.4


def test_case_and_marks_do_not_change_the_side() -> None:
    for i in range(50):
        assert for_testing(f"Who is {{N}} {i}?") == for_testing(f"who is {{N}} {i}".lower())


def test_a_choice_of_wordings_takes_from_every_kind() -> None:
    many = [f"What is {{N}}'s thing {i}?" for i in range(50)] + ["Who employs {N}?"]
    assert "Who employs {N}?" in varied(many, 5, random.Random(0))


def test_mentions_are_found_in_question_and_answer() -> None:
    assert mentioning(TURNS, ["Ada Byron"]) == [0, 5]
    assert mentioning(TURNS, ["Max Born"]) == [1, 2, 6]
    assert isinstance(TURNS[0], Turn)
