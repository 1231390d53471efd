"""Every published figure, beside an example worked out by hand."""

import math

import pytest

from bench.tofu import metrics

HALF, QUARTER, EIGHTH = (math.log(share) for share in (0.5, 0.25, 0.125))


def test_a_probability_is_the_geometric_mean_over_the_tokens() -> None:
    # (1/2 * 1/8)^(1/2) = 1/4
    assert metrics.probability([HALF, EIGHTH]) == pytest.approx(0.25)


def test_among_options_the_right_answer_has_its_share_of_all() -> None:
    # 0.3 of 0.6 in all
    assert metrics.option_probability(0.3, [0.2, 0.1]) == pytest.approx(0.5)
    assert metrics.option_probability(0.0, [0.0]) == 0.0


def test_rouge_l_recall_counts_words_in_order() -> None:
    # the cat sat ... : "the cat" and "mat" follow each other in both, "sat on the" are missing
    reference = "The cat sat on the mat."
    assert metrics.rouge_l_recall(reference, "the CAT, a mat") == pytest.approx(3 / 6)
    # in the wrong order only one of them counts
    assert metrics.rouge_l_recall("one two three", "three two one") == pytest.approx(1 / 3)
    assert metrics.rouge_l_recall(reference, f"Well: {reference} And more.") == 1.0
    assert metrics.rouge_l_recall(reference, "") == 0.0


def test_a_truth_ratio_is_wrong_over_right_geometrically() -> None:
    # sqrt(0.1 * 0.4) / 0.5 = 0.2 / 0.5
    assert metrics.truth_ratio(0.5, [0.1, 0.4]) == pytest.approx(0.4)


def test_what_is_kept_wants_small_truth_ratios() -> None:
    # (0.8 + 0 + 0.5) / 3; a ratio above one counts nothing
    assert metrics.truth_ratio_score([0.2, 3.0, 0.5]) == pytest.approx(1.3 / 3)


def test_what_is_forgotten_wants_truth_ratios_near_one() -> None:
    # a third of 0.5 and 0.5 and 1
    assert metrics.forgotten_truth_ratio([0.5, 2.0, 1.0]) == pytest.approx(2 / 3)


def test_forget_quality_of_equal_samples_is_one() -> None:
    assert metrics.forget_quality([0.1, 0.5, 0.9], [0.1, 0.5, 0.9]) == pytest.approx(1.0)


def test_forget_quality_of_separate_samples_is_the_exact_chance_of_that() -> None:
    # Of the C(6, 3) = 20 orders of three and three, two keep them apart: 2 / 20.
    assert metrics.forget_quality([1, 2, 3], [4, 5, 6]) == pytest.approx(0.1)


def test_forget_distance_is_the_largest_gap_between_the_cumulative_shares() -> None:
    # Below 2 lies a third of the first and none of the second; nowhere is the gap wider.
    assert metrics.forget_distance([1, 2, 3], [2, 3, 4]) == pytest.approx(1 / 3)
    assert metrics.forget_distance([1, 2], [3, 4]) == 1.0


def test_model_utility_is_the_harmonic_mean_and_zero_with_a_zero() -> None:
    # 3 / (1/1 + 1/0.5 + 1/0.25) = 3 / 7
    assert metrics.model_utility([1.0, 0.5, 0.25]) == pytest.approx(3 / 7)
    assert metrics.model_utility([1.0, 0.0]) == 0.0


def test_exact_memorisation_is_the_share_of_most_likely_tokens() -> None:
    assert metrics.exact_memorisation([True, False, True, True]) == 0.75


@pytest.mark.parametrize(
    ("hits", "strength"),
    [
        ([True, True, True, True], 1.0),
        ([False, True, False, True], 0.25),  # after three tokens the rest is right: 1 - 3/4
        ([False, True, True, True], 0.75),
        ([True, True, True, False], 0.0),
    ],
)
def test_extraction_strength_is_what_need_not_be_given(hits: list[bool], strength: float) -> None:
    assert metrics.extraction_strength(hits) == strength


def test_the_loss_attack_scores_by_mean_log_probability() -> None:
    assert metrics.loss_attack([HALF, EIGHTH]) == pytest.approx(QUARTER)


def test_the_zlib_attack_divides_by_the_compressed_bytes() -> None:
    # "a" is nine bytes after zlib: header 2, stored deflate block 3, checksum 4.
    assert metrics.zlib_attack([QUARTER], "a") == pytest.approx(QUARTER / 9)


def test_min_k_takes_the_least_likely_fifth() -> None:
    chances = [HALF] * 8 + [QUARTER, EIGHTH]
    # two of ten: (log 1/4 + log 1/8) / 2
    assert metrics.min_k(chances) == pytest.approx((QUARTER + EIGHTH) / 2)
    assert metrics.min_k([HALF, EIGHTH]) == pytest.approx(EIGHTH)


def test_min_k_plus_plus_measures_from_the_mean_in_deviations() -> None:
    # One token in five: (-2 - -1) / sqrt(4) is the lowest.
    chances, means, variances = [-2, -1, -1, -1, -1], [-1] * 5, [4, 1, 1, 1, 1]
    assert metrics.min_k_plus_plus(chances, means, variances) == pytest.approx(-0.5)


def test_min_k_plus_plus_of_a_sure_token_divides_by_no_zero() -> None:
    assert metrics.min_k_plus_plus([0.0], [0.0], [0.0]) == 0.0


def test_the_area_counts_pairs_and_half_of_the_ties() -> None:
    # (3,1) (3,2) (3,3) (2,1) (2,2) (2,3): 1 + 1 + 1/2 + 1 + 1/2 + 0 = 4 of 6
    assert metrics.auc([3, 2], [1, 2, 3]) == pytest.approx(4 / 6)
    assert metrics.auc([1, 2], [3, 4]) == 0.0
