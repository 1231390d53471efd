"""Figures against worked examples, and what is put together out of cells."""

from __future__ import annotations

from math import exp, isnan
from typing import Any

import pytest

from bench.unlearning import settings
from bench.unlearning.metrics import bootstrap, harmonic, mean, perplexity, rouge_l, share
from bench.unlearning.report import draw, markdown, plain
from bench.unlearning.settings import GRADIENT, Setting, best, grid
from bench.unlearning.tables import pooled


@pytest.mark.parametrize(
    ("reference", "answer", "expected"),
    [
        ("the cat sat on the mat", "the cat sat on the mat", 1),
        ("the cat sat on the mat", "The cat, on a mat!", 4 / 6),  # the cat on mat
        ("police killed the gunman", "the gunman killed police", 2 / 4),  # the gunman
        ("one two", "", 0),
        ("", "one", 0),
    ],
)
def test_rouge_l_is_the_longest_common_subsequence_over_the_reference(
    reference: str, answer: str, expected: float
) -> None:
    assert rouge_l(reference, answer) == pytest.approx(expected)


def test_perplexity_is_over_tokens_not_over_texts() -> None:
    value, (low, high) = perplexity([(2.0, 4), (6.0, 4)])
    assert value == pytest.approx(exp(8 / 8))
    assert low == pytest.approx(exp(2 / 4))
    assert high == pytest.approx(exp(6 / 4))


def test_a_bootstrap_interval_holds_the_mean_and_is_the_same_again() -> None:
    values = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0] * 5
    value, (low, high) = mean(values)
    assert low < value < high
    assert value == pytest.approx(0.5)
    assert mean(values)[1] == (low, high)
    assert all(map(isnan, bootstrap([], lambda _: 0.0)))


def test_shares_come_with_wilsons_interval() -> None:
    value, (low, high) = share([1] * 8 + [0] * 2)
    assert value == 0.8
    assert (low, high) == pytest.approx((0.490, 0.943), abs=1e-3)
    assert isnan(share([])[0])


def test_the_harmonic_mean_forgives_no_zero() -> None:
    assert harmonic([1.0, 0.5]) == pytest.approx(2 / 3)
    assert harmonic([1.0, 0.0]) == 0


def test_of_settings_about_equally_good_the_one_with_the_fewest_steps_is_taken() -> None:
    rows = [
        {"score": 0.950, "steps": 90}, {"score": 0.945, "steps": 30}, {"score": 0.90, "steps": 10}
    ]
    assert best(rows)["steps"] == 30


def test_the_setting_of_the_nearest_number_of_people_is_used(tmp_path: Any) -> None:
    file = tmp_path / "settings.json"
    row = settings.as_row(Setting(1e-3, 30, 1.0)) | {"score": 0.9}
    settings.add("npo", 1, [row], file)
    settings.add("npo", 10, [row | {"steps": 90}], file)
    assert settings.found("npo", 2, file).steps == 30
    assert settings.found("npo", 25, file).steps == 90
    with pytest.raises(ValueError, match="ga has not been tuned"):
        settings.found("ga", 1, file)


def test_gradient_ascent_alone_has_no_retain_term() -> None:
    for method in GRADIENT:
        weights = {setting.retain for setting in grid(method)}
        assert (weights == {0.0}) == (method == "ga")


def cell(method: str, hits: list[int], own: list[int], stranger: list[int]) -> dict[str, Any]:
    some = {"hits": hits, "rouge": [float(hit) for hit in hits]}
    short = {"forget": hits, "retain": hits}
    return {
        "spec": {"method": method, "size": 1, "pairs": None, "seed": 1},
        "sets": dict.fromkeys(("forget", "retain", "neighbours", "talk", "unknown"), some),
        "likelihood": {"forget": [(1.0, 2)], "retain": [(1.0, 2)]},
        "attacks": {
            "prefix": {"own": own, "stranger": stranger},
            "sampled": {"own": [0, 0], "stranger": [0, 0]},
        },
        "relearnt": {str(step): hits for step in (0, 1, 2, 5, 10)},
        "quantised": {"q8_0": short, "q4_0": short},
        "seconds": 1.0, "seconds_all": 2.0, "seconds_once": 0.0, "peak_mb": 3.0, "failed": [],
    }


def test_the_worst_attack_is_the_one_furthest_above_what_strangers_said_before() -> None:
    plain_cell = cell("none", [1, 1], [1, 1], [1, 0])
    edited = cell("lethe", [0, 0], [1, 1], [0, 0])
    (rows,) = pooled([plain_cell, edited]).values()
    worst = rows[1].worst()
    assert (worst.kind, worst.own.value, worst.chance) == ("prefix", 1.0, 0.5)


def test_seeds_are_put_together_and_every_method_has_a_row_in_both_tables(tmp_path: Any) -> None:
    cells = [cell("none", [1], [1], [0]), cell("lethe", [0, 1], [0], [0])]
    other = cell("lethe", [0, 0], [0], [0])
    other["spec"] = other["spec"] | {"seed": 2}
    groups = pooled([*cells, other])
    assert groups[1, None][1].recall("forget").value == 0.25
    text = markdown(groups)
    assert text.count("| none |") == text.count("| lethe |") == 2
    assert "(2 seeds)" in text
    assert plain(groups)[1]["recall"]["forget"][0] == 0.25
    draw(groups, tmp_path / "picture.svg")
    assert "<svg" in (tmp_path / "picture.svg").read_text()
