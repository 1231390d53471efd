"""Sums of keys are exact: what is added can be taken out again in any order."""

from collections.abc import Iterator

import numpy as np
import pytest

from tests.tools.models.tiny_gguf import write_tiny
from tools.editing.keys import LAST, Case, forget_rows
from tools.editing.moments import PARTS, Moments, empty, key_step, moments
from tools.editing.site import choose, movement
from tools.editing.turns import Kind, Turn
from tools.models.engine import LlamaEngine
from tools.models.lab import Lab

KINDS: tuple[Kind, ...] = ("fact", "talk", "refusal", "fact", "fact", "talk") * 2
TURNS = [
    Turn(f"where is thing {i}?", f"thing {i} is in place {i % 3}.", None, kind)
    for i, kind in enumerate(KINDS)
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("models")
    path = write_tiny(folder / "tiny.gguf", weights="Q8_0")
    with LlamaEngine(path, threads=1, cache_dir=folder) as engine:
        yield Lab(engine)


def equal(one: Moments, other: Moments) -> bool:
    return one.counts == other.counts and all(
        np.array_equal(one.sums[part], other.sums[part]) for part in PARTS
    )


@pytest.mark.parametrize("layer", [0, 1])
def test_parts_of_the_turns_add_up_to_the_bit(lab: Lab, layer: int) -> None:
    step = key_step(lab, layer, TURNS)
    whole = moments(lab, layer, TURNS, step)
    parts = [moments(lab, layer, some, step) for some in (TURNS[:5], TURNS[5:7], TURNS[7:])]
    forwards = empty(96, step) + parts[0] + parts[1] + parts[2]
    assert equal(whole, forwards)
    assert equal(whole, parts[2] + parts[0] + parts[1])
    assert equal(whole - parts[1], parts[2] + parts[0])
    assert equal(whole - whole, empty(96, step))


def test_the_fast_total_is_close_to_the_exact_one(lab: Lab) -> None:
    step = key_step(lab, 0, TURNS)
    exact, fast = (moments(lab, 0, TURNS, step, exact=flag) for flag in (True, False))
    for part in PARTS:
        assert np.allclose(exact.mean(part), fast.mean(part), rtol=1e-5, atol=1e-8)


def test_means_are_those_of_the_keys_themselves(lab: Lab) -> None:
    facts = [turn for turn in TURNS if turn.kind == "fact"]
    prompts = [lab.prompt(turn.question) for turn in facts]
    keys = lab.capture(prompts, [[len(prompt) - 1] for prompt in prompts], 0).keys
    found = moments(lab, 0, facts, key_step(lab, 0, TURNS)).mean("last")
    wanted = keys.T @ keys / len(keys)
    assert np.allclose(found, wanted, atol=1e-3 * float(np.abs(wanted).max()))


def test_residuals_lead_from_the_subject_to_the_mean_stranger(lab: Lab) -> None:
    own, others = [1, 300, 301, 302], [[1, 310, 301, 302], [1, 311, 301, 302]]
    rows = forget_rows(lab, 1, [Case(own, others, [2, 3], [LAST, LAST])])
    sequences = [own, *others]
    outputs = [lab.capture([s], [[2, 3]], 1).outputs for s in sequences]
    assert np.allclose(rows.residuals, (outputs[1] + outputs[2]) / 2 - outputs[0], atol=1e-4)
    assert np.allclose(rows.keys, lab.capture([own], [[2, 3]], 1).keys, atol=1e-6)


def test_every_layer_gets_a_share_of_the_movement(lab: Lab) -> None:
    cases = [("who is {N}?", "ada", ["ida", "eda"]), ("tell me of {N}.", "ada", ["oda"])]
    moved = movement(lab, cases)
    assert len(moved) == 2
    assert all(share <= 1.0 for share in moved)


def test_the_lowest_of_nearly_equal_layers_is_chosen() -> None:
    assert choose([0.1, 0.93, 0.99, 0.2]) == 1
    assert choose([0.0]) == 0
