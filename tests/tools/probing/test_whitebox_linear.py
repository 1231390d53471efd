"""A linear probe reads what is there, and nothing where nothing is."""

import numpy as np
import pytest

from tools.probing.whitebox.attributes import shared_attributes
from tools.probing.whitebox.linear import Floats, Rows, fit, linear_probe, pooled

RNG = np.random.default_rng(5)
MEANS = RNG.standard_normal((4, 24)).astype(np.float32) * 3


def people(labels: np.ndarray, strength: float) -> Floats:
    """One layer of rows that hold their class."""
    noise = RNG.standard_normal((1, len(labels), 24))
    found: Floats = (strength * MEANS[labels] + noise).astype(np.float32)
    return found


def rows(*, forgotten: float) -> Rows:
    labels, truth = np.arange(80) % 4, np.arange(40) % 4
    known = np.concatenate([people(labels, 0.0), people(labels, 1.0)])  # the second layer knows

    def two(strength: float) -> Floats:
        return np.concatenate([people(truth, 0.0), people(truth, strength)])

    return Rows(known, labels, two(forgotten), two(1.0), two(0.0), truth)


def test_an_erased_value_is_read_no_better_than_a_strangers() -> None:
    found = linear_probe(rows(forgotten=0.0))
    assert found.layer == 1 and found.others > 0.95 and found.unedited > 0.95
    assert found.edited < 0.5 and found.strangers < 0.5


def test_a_value_that_is_only_silenced_is_still_read() -> None:
    found = linear_probe(rows(forgotten=1.0))
    assert found.edited > 0.95 and found.strangers < 0.5


def test_wrong_labels_teach_nothing() -> None:
    assert linear_probe(rows(forgotten=1.0)).shuffled == pytest.approx(0.25, abs=0.12)


def test_the_leave_one_out_accuracy_is_that_of_leaving_one_out() -> None:
    labels = np.arange(24) % 3
    some = people(labels, 0.35)[0]
    whole = fit(some, labels, 3)
    centred = (some - whole.mean) / whole.scale
    best = 0.0
    for ridge in (1e-3, 1e-2, 1e-1, 1.0, 10.0):
        hits = []
        for out in range(24):
            kept = np.arange(24) != out
            gram = centred[kept] @ centred[kept].T + ridge * np.eye(23)
            targets = np.where(labels[kept][:, None] == np.arange(3), 1.0, -1.0)
            weights = centred[kept].T @ np.linalg.solve(gram, targets)
            hits.append((centred[out] @ weights).argmax() == labels[out])
        best = max(best, float(np.mean(hits)))
    assert whole.accuracy == pytest.approx(best)


def test_several_attributes_are_weighted_by_what_was_asked() -> None:
    few, many = linear_probe(rows(forgotten=0.0)), linear_probe(rows(forgotten=1.0))
    both = pooled([few, many])
    assert both is not None and both.asked == 80
    assert both.edited == pytest.approx((few.edited + many.edited) / 2)
    assert pooled([]) is None


def test_attributes_are_found_in_what_is_said_of_many() -> None:
    towns = ["Arden", "Bray", "Corve"]
    said = []
    for number in range(30):
        name = f"Person Number{number}"
        said.append((name, f"Where was {name} born?", f"{name} was born in {towns[number % 3]}."))
        said.append((name, f"Is {name} from Bray?", f"{name} was born in {towns[number % 3]}, so."))
        said.append((name, f"Who is {name}?", f"{name} has the number {number}."))
    found, = shared_attributes(said)
    assert found.stem == "{N} was born in" and set(found.values.values()) == set(towns)
    assert found.wordings[0] == "Where was {N} born?" and len(found.values) == 30


def test_a_stem_after_which_people_have_many_values_is_no_attribute() -> None:
    said = [
        (f"Person No{n}", f"What of {kind} has Person No{n}?", f"Person No{n} has {thing}.")
        for n in range(30) for kind, thing in (("a", "cats"), ("b", "dogs"), ("a", "hens"))
    ]
    assert shared_attributes(said) == []
