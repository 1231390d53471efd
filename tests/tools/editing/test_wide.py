"""A wide layer is edited from a sample of keys, with the solution that moments would give."""

import random
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.tools.models.tiny_gguf import write_tiny
from tools.editing.blocks import Block
from tools.editing.moments import SHARES
from tools.editing.solve import Strength, gain_for, neighbour_weight, standing
from tools.editing.turns import Kind, Turn
from tools.editing.wide import Sample, WideSums, samples
from tools.models.engine import LlamaEngine
from tools.models.lab import Lab

INPUTS, OUTPUTS, TURNS = 40, 6, 30
STRENGTH = Strength(10.0, 50.0, 1.0, 1e-3, (1.0, 1.0, 1.0, 1.0, 1.0), gain=2.0)
RNG = np.random.default_rng(3)
KEPT = Sample(
    RNG.standard_normal((90, INPUTS)).astype(np.float32),
    np.repeat(np.arange(TURNS, dtype=np.int32), 3),
    np.full(90, 1 / 45, np.float32), np.tile([True, True, False], TURNS),
)


def block(seed: int) -> Block:
    rng = np.random.default_rng(seed)
    return Block(rng.standard_normal((4, INPUTS)), rng.standard_normal((4, OUTPUTS)))


def _power(count: int) -> int:
    """The next power of two."""
    return 1 << (count - 1).bit_length() if count else 1


def primal(blocks: list[Block], dropped: set[int], near: set[int]) -> NDArray[np.float64]:
    """The textbook solution, with what must stay weighed as for the next power of two."""
    scale = _power(standing(len(blocks)))
    terms = np.where(KEPT.facts, STRENGTH.facts, STRENGTH.rest) * KEPT.weights * scale
    terms[np.isin(KEPT.turns, list(dropped))] = 0
    close = KEPT.facts & np.isin(KEPT.turns, list(near))
    terms[close] += neighbour_weight(_power(len(blocks)), STRENGTH) * KEPT.weights[close]
    keys = KEPT.keys.astype(np.float64)
    rest = ~KEPT.facts
    energy = KEPT.weights[rest] @ np.square(KEPT.keys[rest]).sum(axis=1)
    system = keys.T @ (terms[:, None] * keys)
    system += STRENGTH.ridge * scale * float(energy) * np.eye(INPUTS)
    pulls = np.zeros((INPUTS, OUTPUTS))
    for one in blocks:
        system += one.keys.T @ one.keys
        pulls += one.keys.T @ one.residuals
    solved: NDArray[np.float64] = np.asarray(np.linalg.solve(system, pulls), np.float64)
    return gain_for(len(blocks), STRENGTH) * solved.T


def change(sums: WideSums) -> NDArray[np.float64]:
    factors, lost = sums.solve(0.0, OUTPUTS)
    assert lost < 1e-9
    return (factors.b @ factors.a).astype(np.float64)


def test_the_change_is_that_of_the_whole_system() -> None:
    sums = WideSums(KEPT, OUTPUTS, STRENGTH)
    sums.add("one", block(1), 1.0)
    sums.keep({3, 4}, {7})
    wanted = primal([block(1)], {3, 4}, {7})
    assert np.allclose(change(sums), wanted, atol=1e-5 * float(np.abs(wanted).max()))


def test_emphasis_is_as_many_of_the_request() -> None:
    sums = WideSums(KEPT, OUTPUTS, STRENGTH)
    sums.add("one", block(1), 4.0)
    twice = Block(2 * block(1).keys, 2 * block(1).residuals)
    wanted = primal([twice], set(), set())
    assert np.allclose(change(sums), wanted, atol=1e-5 * float(np.abs(wanted).max()))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=8))
def test_any_path_to_a_set_of_requests_ends_in_the_same_change(steps: list[int]) -> None:
    sums, inside = WideSums(KEPT, OUTPUTS, STRENGTH), set[int]()
    for step in steps:
        if step in inside:
            sums.remove(str(step), block(step), 1.0)
        else:
            sums.add(str(step), block(step), 1.0)
        inside ^= {step}
        near = {20 + one for one in inside}
        sums.keep(inside, near)
        if inside:
            found = change(sums)
            wanted = primal([block(one) for one in sorted(inside)], inside, near)
            assert np.allclose(found, wanted, atol=1e-5 * float(np.abs(wanted).max()))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 4), unique=True, max_size=4))
def test_one_request_more_is_foreseen_and_leaves_no_trace(active: list[int]) -> None:
    sums, untouched = WideSums(KEPT, OUTPUTS, STRENGTH), WideSums(KEPT, OUTPUTS, STRENGTH)
    for one in active:
        for each in (sums, untouched):
            each.add(str(one), block(one), 1.0)
            each.keep({one}, {20})
            change(each)
    factors, _lost = sums.foresee(block(7), {*active[-1:], 9}, {20, 21}, 0.0, OUTPUTS)
    wanted = primal([block(one) for one in (*active, 7)], {*active[-1:], 9}, {20, 21})
    found = (factors.b @ factors.a).astype(np.float64)
    assert np.allclose(found, wanted, atol=1e-5 * float(np.abs(wanted).max()))
    assert not active or np.array_equal(change(sums), change(untouched))


KINDS: tuple[Kind, ...] = ("fact", "talk", "refusal", "lead") * 3
SPOKEN = [
    Turn(f"where is thing {i}?", f"it is in place {i}.", None, kind) for i, kind in enumerate(KINDS)
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("models")
    with LlamaEngine(write_tiny(folder / "tiny.gguf"), threads=1, cache_dir=folder) as engine:
        yield Lab(engine)


def test_a_sample_holds_keys_of_every_part_and_weighs_them_as_the_parts(lab: Lab) -> None:
    sample = samples(lab, [0], SPOKEN, 64)[0]
    assert len(sample.keys) == len(sample.turns) == len(sample.weights) <= 64
    facts = sum(share for part, (kind, share) in SHARES.items() if kind == "facts")
    assert float(sample.weights[sample.facts].sum()) == pytest.approx(facts, rel=1e-4)
    assert {KINDS[turn] for turn in sample.turns[sample.facts].tolist()} <= {"fact", "lead"}


def test_sampled_keys_are_those_of_the_turns_they_name(lab: Lab) -> None:
    first, second = samples(lab, [0, 1], SPOKEN, 32)
    assert np.array_equal(first.turns, second.turns)
    place = random.Random(1).randrange(len(first.turns))
    turn = SPOKEN[int(first.turns[place])]
    row = lab.prompt(turn.question, turn.answer)
    keys = lab.capture([row], [range(len(row))], 0).keys
    assert float(np.abs(keys - first.keys[place]).max(axis=1).min()) < 1e-4
