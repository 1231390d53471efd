"""Sums of keys are exact: what is added can be taken out again in any order."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from tests.tools.models.tiny_gguf import write_tiny
from tools.editing.keys import LAST, LEAD_LAST, QUESTION, Case, forget_rows
from tools.editing.moments import FACTS, REST, SHARES, Moments, empty, moments, scale_for
from tools.editing.site import choose, movement
from tools.editing.turns import Kind, Turn
from tools.models.engine import LlamaEngine
from tools.models.lab import Lab
from tools.models.taps import block_output

KINDS: tuple[Kind, ...] = ("fact", "talk", "refusal", "fact", "lead", "talk") * 2
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
    return all(np.array_equal(one.sums[name], other.sums[name]) for name in (FACTS, REST))


def test_parts_of_the_turns_add_up_to_the_bit_at_every_layer(lab: Lab) -> None:
    scales = [scale_for(lab, layer, TURNS) for layer in (0, 1)]
    whole = moments(lab, [0, 1], TURNS, scales)
    parts = [moments(lab, [0, 1], some, scales) for some in (TURNS[:5], TURNS[5:7], TURNS[7:])]
    for place, scale in enumerate(scales):
        first, second, third = (part[place] for part in parts)
        assert equal(whole[place], empty(96, scale) + first + second + third)
        assert equal(whole[place], third + first + second)
        assert equal(whole[place] - second, third + first)
        assert equal(whole[place] - whole[place], empty(96, scale))


def test_the_fast_total_is_close_to_the_exact_one(lab: Lab) -> None:
    scales = [scale_for(lab, 0, TURNS)]
    exact, fast = (moments(lab, [0], TURNS, scales, exact=flag)[0] for flag in (True, False))
    for name in (FACTS, REST):
        assert np.allclose(exact.of(name), fast.of(name), rtol=1e-5, atol=1e-8)


def test_a_class_is_the_weighted_mean_of_its_keys(lab: Lab) -> None:
    leads = [turn for turn in TURNS if turn.kind == "lead"]
    scale = scale_for(lab, 0, leads)
    start, wanted = lab.question_start, np.zeros((96, 96))
    prompts = [lab.prompt(turn.question) for turn in leads]
    rows = [p + lab.tokens(turn.answer) for p, turn in zip(prompts, leads, strict=True)]
    parts: dict[str, list[Sequence[int]]] = {
        "lead question": [range(start, len(p) - 1) for p in prompts],
        "lead last": [[len(p) - 1] for p in prompts],
        "answer": [range(len(p), len(row)) for p, row in zip(prompts, rows, strict=True)],
    }
    for part, positions in parts.items():
        keys = lab.capture(rows, [list(some) for some in positions], 0).keys
        wanted += SHARES[part][1] * keys.T @ keys / len(keys)
    found = moments(lab, [0], leads, [scale])[0].of(FACTS)
    assert np.allclose(found, wanted, rtol=0.02, atol=3e-3 * float(np.abs(wanted).max()))


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


def test_every_layer_gets_a_share_of_the_movement(lab: Lab) -> None:
    cases = [("who is {N}?", "ada", ["ida", "eda"]), ("tell me of {N}.", "ada", ["oda"])]
    moved = movement(lab, cases)
    assert len(moved) == 2
    assert all(share <= 1.0 for share in moved)


def test_the_lowest_of_nearly_equal_layers_is_chosen() -> None:
    assert choose([0.1, 0.93, 0.99, 0.1])[0] == 1
    assert choose([0.0]) == [0]


def test_the_last_layer_is_edited_too_whatever_it_moves_at_a_refusal() -> None:
    assert choose([0.9, 0.3, 0.4, 0.1]) == [0, 3]
    assert choose([0.1, 0.2, 0.9]) == [2]
