"""Neutral questions are about others and about nobody, never about the subject."""

from dataclasses import replace

from tools.editing.findings import Findings
from tools.editing.names import Pieces
from tools.editing.negatives import Negatives
from tools.editing.neutral import ASKED, NEIGHBOURS, questions
from tools.editing.study import Study
from tools.editing.templates import Wordings
from tools.editing.turns import Turn

PEOPLE = [f"{first} {last}" for first in ("Ada", "Bo", "Cy", "Di") for last in (*"KLMNOP", "Feld")]
TALK = [Turn(f"what about thing {i}?", "it is fine.", None, "talk") for i in range(100)]
NAMING = [
    Turn("who was marcus feld?", "nobody.", None, "refusal"),
    Turn("say a name", "Feldy.", None, "talk"),
]
FOUND = Findings(
    "Marcus Feld", True, aliases=["Feldy"], neighbours=[n for n in PEOPLE if "Feld" in n]
)


def study(names: list[str], direct: tuple[str, ...] = ("Where is {N}?", "Who is {N}?")) -> Study:
    return Study(
        [*NAMING * 50, *TALK], Negatives(()), [*names, "Marcus Feld"], Pieces((), ()),
        Wordings((), ()), Wordings(direct, ()), [], [0], [0.0], [],
    )


def test_none_names_the_subject_in_question_or_answer() -> None:
    asked = [probe.wording for probe in questions(study(PEOPLE), FOUND)]
    assert len(asked) == len(set(asked)) == ASKED
    assert not {turn.question for turn in NAMING} & set(asked)
    assert not any("Marcus" in question for question in asked)


def test_half_are_about_others_neighbours_among_them() -> None:
    asked = [probe.wording for probe in questions(study(PEOPLE), FOUND)]
    about = [name for name in PEOPLE if any(name in question for question in asked)]
    assert len(about) == ASKED // 2
    assert set(FOUND.neighbours[:NEIGHBOURS]) <= set(about)


def test_the_same_subject_is_asked_the_same() -> None:
    assert questions(study(PEOPLE), FOUND) == questions(study(PEOPLE), FOUND)


def test_a_model_that_knows_nobody_else_is_asked_its_own_questions() -> None:
    own, alone = {turn.question for turn in TALK}, replace(FOUND, neighbours=[])
    assert {probe.wording for probe in questions(study([]), alone)} <= own
    assert {probe.wording for probe in questions(study(PEOPLE, ()), FOUND)} <= own
