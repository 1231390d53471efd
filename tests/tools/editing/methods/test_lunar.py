"""LUNAR's training is a regression, and its optimum can be written down."""

import numpy as np

from tools.editing.methods.changes import Doubles
from tools.editing.methods.lunar import directions, solve, steered_best
from tools.editing.methods.problem import Problem

IN, OUT = 24, 6
RNG = np.random.default_rng(6)
FORGET = RNG.standard_normal((9, IN)).astype(np.float32)
RETAIN = RNG.standard_normal((15, IN)).astype(np.float32)
STEERING = RNG.standard_normal(OUT).astype(np.float32)
GRAM = RETAIN.T.astype(np.float64) @ RETAIN.astype(np.float64)
RIDGE = 0.1
PENALTY = RIDGE * np.trace(GRAM) / IN


def gradient(change: Doubles) -> Doubles:
    """Of the squared error over forget and retain rows, and of the penalty; half of it."""
    missed = FORGET @ change.T - STEERING
    return np.asarray(missed.T @ FORGET + change @ GRAM + PENALTY * change, np.float64)


def test_the_change_is_that_of_the_formula() -> None:
    inverse = np.linalg.inv(FORGET.T @ FORGET + GRAM + PENALTY * np.eye(IN))
    wanted = np.outer(STEERING, FORGET.sum(axis=0)) @ inverse
    assert np.abs(solve(FORGET, GRAM, STEERING, RIDGE) - wanted).max() < 1e-5


def test_training_by_gradient_descent_ends_at_the_ridge_solution() -> None:
    solved = solve(FORGET, GRAM, STEERING, RIDGE)
    assert np.abs(gradient(solved)).max() < 1e-5
    trained = np.zeros((OUT, IN))
    rate = 1 / np.linalg.eigvalsh(FORGET.T @ FORGET + GRAM + PENALTY * np.eye(IN))[-1]
    for _ in range(4000):
        trained -= rate * gradient(trained)
    assert np.abs(trained - solved).max() < 1e-5


def test_the_direction_leads_from_the_subjects_to_refusals(problem: Problem) -> None:
    for layer, direction in enumerate(directions(problem)):
        own = problem.streams("forget", "last", [layer])[0].mean(axis=0)
        refused = problem.streams("refusals", "last", [layer])[0].mean(axis=0)
        assert np.allclose(own + direction, refused, atol=1e-4)


def test_the_layer_is_found_by_steering(problem: Problem) -> None:
    assert 0 <= steered_best(problem, [2 * one for one in directions(problem)]) < problem.layers
