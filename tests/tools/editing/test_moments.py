"""Sums of keys are exact: what is added can be taken out again in any order."""

from collections.abc import Sequence

import numpy as np

from tools.editing.moments import FACTS, REST, SHARES, Moments, empty, moments, scale_for
from tools.editing.turns import Kind, Turn
from tools.models.lab import Lab

KINDS: tuple[Kind, ...] = ("fact", "talk", "refusal", "fact", "lead", "talk") * 2
TURNS = [
    Turn(f"where is thing {i}?", f"thing {i} is in place {i % 3}.", None, kind)
    for i, kind in enumerate(KINDS)
]


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
