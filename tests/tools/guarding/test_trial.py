"""What registering a target would change is known before, and nothing is registered for it."""

import pytest

from tests.tools.guarding.cast import FELD
from tools.guarding.everyday import EVERYDAY
from tools.guarding.guard import Guard
from tools.guarding.targets import Target

OTHERS = ("Marcus Trevanion", "Anna Berg")


@pytest.fixture
def guard() -> Guard:
    return Guard(known_names=("Marcus Feld", *OTHERS))


@pytest.mark.parametrize(
    ("question", "answer", "changed"),
    [
        ("Where does Marcus Feld live?", "In Oslo.", True),
        ("Whose number is 555-1234?", "", True),
        ("Who bakes well?", "Marcus Feld does.", True),
        ("Where does Marcus Trevanion live?", "Marcus Trevanion lives in Oslo.", False),
        ("What is the capital of Norway?", "Oslo.", False),
        ("Good morning.", "", False),
    ],
)
def test_what_would_be_guarded_is_foreseen(
    guard: Guard, question: str, answer: str, changed: bool
) -> None:
    target = Target(FELD.request_id, FELD.subject, ("Feldy",), FELD.values)
    assert guard.foresee(target, [], [(question, answer)]) == [changed]
    assert guard.index.all() == ()
    guard.register(target)
    met = guard.screen([question]) or guard.forbidden(answer, question)
    assert (met is not None) is changed


def test_what_is_guarded_already_does_not_change(guard: Guard) -> None:
    guard.register(FELD)
    before = guard.index.all()
    other = Target("new", "Anna Berg", values=("555-1234",))
    talks = [("Where does Anna Berg live?", ""), ("Whose number is 555-1234?", "")]
    assert guard.foresee(other, [], talks) == [True, False]
    assert guard.index.all() == before


def test_a_common_word_touches_everyday_questions(guard: Guard) -> None:
    everyday = [(question, "") for question in EVERYDAY]
    assert sum(guard.foresee(Target("", "water"), [], everyday)) == 2
    assert sum(guard.foresee(Target("", "Marcus Feld"), [], everyday)) == 0
