"""Layers share a change: each does its part of what is left, and the last one the rest."""

import numpy as np
import pytest

from tools.editing.methods.changes import Doubles
from tools.editing.methods.problem import Problem
from tools.editing.methods.spread import Pull, averaged, following, spread, towards_strangers
from tools.models.adapters import write_adapter
from tools.models.probe import down_projection


def exact(_layer: int, keys: Doubles, residuals: Doubles) -> Doubles:
    """Moves every key by its residual, whatever else that moves."""
    return np.asarray(residuals @ np.linalg.pinv(keys), np.float64)


@pytest.fixture
def pull(problem: Problem) -> Pull:
    """A few questions that are to end where strangers do."""
    whole = towards_strangers(problem, "last", problem.layers - 1)
    return Pull(whole.spots[:4], whole.goals[:4])


@pytest.mark.parametrize("first", [0, 2])
def test_the_stream_arrives_at_its_goal(problem: Problem, pull: Pull, first: int) -> None:
    layers = list(range(first, problem.layers))
    changes = spread(problem, layers, pull, exact)
    assert sorted(changes) == [down_projection(layer) for layer in layers]

    def away(adapter: bytes | None) -> float:
        with problem.lab.edited(adapter) as lab:
            tokens = [spot.tokens for spot in pull.spots]
            name = f"l_out-{problem.layers - 1}"
            found = lab.tap(tokens, [spot.positions for spot in pull.spots], (), [name])
        return float(np.linalg.norm(found.streams[name] - pull.goals))

    edited = write_adapter(problem.lab.host.info.architecture, changes)
    assert away(edited) < 0.05 * away(None)


def test_a_layer_does_its_share_of_the_way(problem: Problem, pull: Pull) -> None:
    seen: list[float] = []

    def idle(_layer: int, keys: Doubles, residuals: Doubles) -> Doubles:
        seen.append(float(np.linalg.norm(residuals)))
        return np.zeros((len(residuals), len(keys)))

    spread(problem, [0, 1, 2, 3], pull, idle)
    assert np.allclose(seen, [seen[-1] / 4, seen[-1] / 3, seen[-1] / 2, seen[-1]])


def test_layers_begin_where_names_are_recognised(problem: Problem) -> None:
    first = problem.study.layer
    assert following(problem, 2) == [first, first + 1]
    assert following(problem, 99)[-1] == problem.layers - 1


def test_neighbouring_rows_are_averaged() -> None:
    rows = np.array([[1, 2], [3, 4], [5, 6], [7, 8]], np.float32)
    assert averaged(rows, 2).tolist() == [[2, 3], [6, 7]]
