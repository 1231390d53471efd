"""What must stay is a tenth of the model's own turns, those about the subjects left out."""

import numpy as np

from tests.tools.editing.methods.conftest import NAMES
from tools.editing.methods.kept import BUFFER, Kept
from tools.editing.methods.problem import Problem
from tools.editing.text import mentions


def test_the_buffer_is_a_tenth_of_the_turns_and_names_nobody_to_be_forgotten(
    problem: Problem,
) -> None:
    everything, without = problem.kept.turns([]), problem.kept.turns(NAMES)
    assert len(everything) == round(BUFFER * len(problem.study.turns))
    assert 0 < len(everything) - len(without) < 0.1 * len(everything)
    assert not any(mentions(f"{turn.question} {turn.answer}", NAMES) for turn in without)


def test_rows_are_all_tokens_of_the_turns_left(problem: Problem) -> None:
    lab = problem.lab
    tokens = [lab.prompt(turn.question, turn.answer) for turn in problem.kept.turns(NAMES)]
    rows = problem.kept.rows(0, NAMES)
    assert len(rows.keys) == len(rows.outputs) == sum(map(len, tokens))
    sums = problem.kept.sums(0, NAMES)
    assert np.allclose(np.diag(sums.keys), (rows.keys.astype(float) ** 2).sum(axis=0))
    assert sums.outputs.shape == (lab.host.info.width, lab.host.info.feed_forward)


def test_the_same_seed_gives_the_same_buffer(problem: Problem) -> None:
    turns = problem.study.turns
    assert Kept(problem.lab, turns, 3).turns([]) == Kept(problem.lab, turns, 3).turns([])
    assert Kept(problem.lab, turns, 3).turns([]) != Kept(problem.lab, turns, 4).turns([])


def test_the_covariance_is_a_mean_over_tokens_and_is_measured_once(problem: Problem) -> None:
    covariance = problem.kept.covariance(0)
    seconds = problem.kept.seconds
    assert covariance is problem.kept.covariance(0)
    assert problem.kept.seconds == seconds > 0
    assert np.allclose(covariance, covariance.T)
    assert np.linalg.eigvalsh(covariance)[0] > -1e-6 * np.trace(covariance)
    rows = problem.kept.rows(0, []).keys
    near = np.trace(covariance) / (rows**2).sum(axis=1).mean()
    assert 0.9 < near < 1.1
