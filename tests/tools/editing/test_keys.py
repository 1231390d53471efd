"""What a request is captured as: keys where the subject has been named, residuals to strangers."""

import numpy as np

from tools.editing.elicit import Saying
from tools.editing.keys import ANSWER, LAST, LEAD_LAST, QUESTION, Case, bare_cases, forget_rows
from tools.models.lab import Lab
from tools.models.taps import block_output

OWN, OTHERS = [1, 300, 301, 302, 303], [[1, 310, 301, 302, 303], [1, 311, 301, 302, 303]]


def test_residuals_lead_from_the_subject_to_the_mean_stranger(lab: Lab) -> None:
    rows = forget_rows(lab, [1], [Case(OWN, OTHERS, 2, 5)])[1]
    outputs = [lab.capture([s], [[2, 3, 4]], 1).outputs for s in (OWN, *OTHERS)]
    assert np.allclose(rows.residuals, (outputs[1] + outputs[2]) / 2 - outputs[0], atol=1e-4)
    assert np.allclose(rows.keys, lab.capture([OWN], [[2, 3, 4]], 1).keys, atol=1e-6)
    assert rows.groups.tolist() == [QUESTION, QUESTION, LAST]
    assert rows.shares.tolist() == [0.5, 0.5, 1.0]


def test_at_the_second_layer_answers_are_moved_to_the_strangers_block(lab: Lab) -> None:
    case = Case(OWN, OTHERS, 2, 5, "a value")
    rows = forget_rows(lab, [0, 1], [case])
    assert rows[0].groups.tolist()[-1] == LEAD_LAST
    assert rows[1].groups.tolist() == [LEAD_LAST]
    name = block_output(1)
    ends = [lab.tap([s], [[4]], streams=[name]).streams[name] for s in (OWN, *OTHERS)]
    assert np.allclose(rows[1].residuals, (ends[1] + ends[2]) / 2 - ends[0], atol=1e-3)


def test_every_value_counts_the_same_however_often_it_is_asked(lab: Lab) -> None:
    cases = [Case(OWN, OTHERS, 4, 5, value) for value in ("often", "often", "often", "once")]
    rows = forget_rows(lab, [0], cases)[0]
    assert np.allclose(rows.shares, [1 / 6, 1 / 6, 1 / 6, 1 / 2])


def test_answers_are_taken_outside_of_a_conversation_as_well(lab: Lab) -> None:
    said = [Saying("", "", text) for text in ("ab told you.", "ab told you.", "It is known.")]
    case, = bare_cases(lab, "ab", said, ["cd", "much longer than that"])
    assert case.own == lab.text("ab told you.")
    assert case.others == [lab.text("cd told you.")]
    assert case.own[:case.start + 1] == lab.text("ab")
    assert set(case.groups().tolist()) == {ANSWER}
