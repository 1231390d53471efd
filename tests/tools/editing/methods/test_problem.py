"""Every method gets the same activations, of the unedited model, and the file's own weights."""

import numpy as np
import pytest

from tests.tools.editing.methods.conftest import NAMES
from tools.editing.methods.problem import REFUSALS, STRANGERS, Place, Problem, Spot


def text(problem: Problem, spot: Spot, position: int) -> str:
    return problem.lab.host.detokenise(spot.tokens[:position + 1])


def test_a_weight_is_what_the_model_multiplies_with(problem: Problem) -> None:
    rows = problem.inputs("refusals", "last", 1)
    predicted = rows.keys @ problem.weight(1).T
    assert np.abs(predicted - rows.outputs).max() < 0.02 * np.abs(rows.outputs).max()


def test_the_subject_ends_where_its_name_is_complete(problem: Problem) -> None:
    for group, names in (("forget", NAMES), ("strangers", problem.subjects[0].findings.twins)):
        spot = problem.spots(group, "subject")[0]  # type: ignore[arg-type]
        (position,) = spot.positions
        assert any(name in text(problem, spot, position) for name in names)
        assert not any(name in text(problem, spot, position - 1) for name in names)


@pytest.mark.parametrize("place", ["last", "answer", "prompt"])
def test_positions_of_a_question(problem: Problem, place: Place) -> None:
    saying = problem.subjects[0].said[0]
    prompt = problem.lab.prompt(saying.question)
    spot = problem.spots("forget", place)[0]
    assert spot.tokens[:len(prompt)] == prompt
    end = len(prompt) - 1
    wanted = {"last": [end], "prompt": range(end + 1), "answer": range(end, len(spot.tokens))}
    assert spot.positions == list(wanted[place])
    assert (saying.answer in text(problem, spot, len(spot.tokens))) is (place == "answer")


def test_groups_have_the_sizes_that_methods_count_on(problem: Problem) -> None:
    asked = len(problem.spots("forget", "last"))
    assert asked == sum(len(one.said) for one in problem.subjects)
    assert len(problem.spots("strangers", "last")) == STRANGERS * asked
    assert 0 < len(problem.spots("refusals", "last")) <= REFUSALS
    assert len(problem.streams("forget", "last", [0, 2])) == 2


def test_activations_are_read_once(problem: Problem) -> None:
    assert problem.inputs("forget", "last", 0) is problem.inputs("forget", "last", 0)


def test_a_name_that_never_ends_counts_at_the_last_token(problem: Problem) -> None:
    spot = problem.spot("Who is it?", "", "Tom Bombadil", "subject")
    assert spot.positions == [len(spot.tokens) - 1]
