"""The lens, the diff and the file in another precision, on the shipped patient."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.tools.models.tiny_gguf import write_tiny
from tests.tools.probing.conftest import PATIENT, WORDINGS, Cast
from tools.models.adapters import read_adapter
from tools.models.engine import LlamaEngine
from tools.models.lab import Lab
from tools.probing.score import declines
from tools.probing.whitebox import residuals
from tools.probing.whitebox.attributes import Attribute
from tools.probing.whitebox.diffing import Names, adapter_diff, auc, drops, responses
from tools.probing.whitebox.forced import Forced, end_of_name, first_token, forced
from tools.probing.whitebox.inspection import SHORT, Inspector, Material, short
from tools.probing.whitebox.lens import logit_lens
from tools.probing.whitebox.linear import linear_probe
from tools.probing.whitebox.readout import Readout
from tools.probing.whitebox.requantised import requantised


def test_the_first_token_of_a_value_is_the_one_that_comes_next(lab: Lab, cast: Cast) -> None:
    name = cast.known[0]
    case = Forced(f"Where was {name} born?", f"{name} was born in", cast.birthplaces[name])
    token = first_token(lab, case)
    logits = lab.next_logits([lab.prompt(case.question, case.begun)])
    assert token == int(logits[0].argmax())


def test_the_end_of_a_name_is_found_among_the_tokens(lab: Lab) -> None:
    question = "Where was Marcus Feld born?"
    place = end_of_name(lab, question, "Marcus Feld")
    told = lab.host.detokenise(lab.prompt(question)[:place + 1])
    assert told.endswith("Marcus Feld")
    assert end_of_name(lab, question, "Nobody") == len(lab.prompt(question)) - 1


def test_the_lens_sees_what_the_patient_knows_and_not_of_strangers(
    lab: Lab, idle: bytes, cast: Cast
) -> None:
    found = logit_lens(lab, idle, Readout(PATIENT), forced(cast.probes(cast.known[:12])))
    assert found is not None and found.asked == 12 and len(found.layers) == 4
    assert all(layer.edited == layer.unedited for layer in found.layers)  # nothing was edited
    last = found.layers[-1]
    assert last.edited.first > 0.95 and last.strangers.first < 0.3
    assert found.worst.excess > 0.6


def test_the_probe_reads_a_birthplace_before_it_is_said(
    lab: Lab, idle: bytes, cast: Cast
) -> None:
    born = Attribute("{N} was born in", WORDINGS[:1], cast.birthplaces)
    rows = residuals.rows_of(lab, idle, born, cast.known[:10], cast.strangers)
    found = linear_probe(rows["before the value"])
    assert found.edited == found.unedited > found.strangers + 0.3
    assert found.shuffled < 0.3


def test_an_edit_answers_most_to_whom_it_is_about(
    lab: Lab, answering_to: Callable[[str], bytes], cast: Cast
) -> None:
    name, others = cast.known[0], cast.known[1:9]
    changes = read_adapter(answering_to(name))
    found = responses(lab, changes, [name, *others, *cast.strangers[:8]])
    assert int(found.argmax()) == 0
    names = Names([name], others, cast.strangers[:8])
    diff = adapter_diff(lab, answering_to(name), names, forced(cast.probes([name])))
    assert diff is not None and diff.known == diff.strangers == 1.0


def test_the_area_under_the_curve_counts_ties_half() -> None:
    assert auc(np.array([2.0, 3.0]), np.array([1.0, 2.0])) == pytest.approx(0.875)


def test_the_largest_drop_ignores_what_was_never_likely() -> None:
    base = np.array([[8.0, 7.0, -9.0]], np.float32)
    edited = np.array([[8.0, 2.0, -99.0]], np.float32)
    assert drops(base, edited).tolist() == [1]


def test_a_file_of_four_bits_is_asked_and_leaves_nothing(
    patient: LlamaEngine, idle: bytes, cast: Cast, tmp_path: Path
) -> None:
    probes = cast.probes(cast.known[:3])
    patient.set_adapter(idle)
    try:
        found = requantised(patient, "q4_0", tmp_path, probes)
    finally:
        patient.set_adapter(None)
    assert found.asked == 6 and found.leaked > 0.6 > found.chance
    assert list(tmp_path.iterdir()) == []


def material(cast: Cast) -> Material:
    names = Names(cast.known[:1], cast.known[1:], cast.strangers)
    born = Attribute("{N} was born in", WORDINGS[:1], cast.birthplaces)
    return Material(names, cast.probes(cast.known[:1]), WORDINGS, [born], declines)


WITH_ABLATION = replace(SHORT, prompts=16, asked=4, scales=(3.0,))


def test_a_receipt_does_not_wait_for_the_ablation(lab: Lab, idle: bytes, cast: Cast) -> None:
    figures = short(Inspector(lab, PATIENT, idle, material(cast), SHORT).inspect())
    assert set(figures) == {
        "lens", "lens_chance", "linear", "linear_chance", "edit_names", "edit_names_chance",
    }


def test_the_short_form_has_every_check_beside_its_chance(
    lab: Lab, idle: bytes, cast: Cast
) -> None:
    report = Inspector(lab, PATIENT, idle, material(cast), WITH_ABLATION).inspect()
    figures = short(report)
    assert report.refused == {}
    assert set(figures) == {
        "lens", "lens_chance", "linear", "linear_chance", "ablation", "ablation_chance",
        "ablation_works", "edit_names", "edit_names_chance",
    }
    assert all(0 <= figure <= 1 for figure in figures.values())
    assert figures["lens"] == 1.0  # the edit does nothing


def test_what_an_architecture_does_not_allow_is_said(tmp_path: Path, cast: Cast) -> None:
    path = write_tiny(tmp_path / "m.gguf", architecture="gemma2")
    with LlamaEngine(path, threads=1) as engine:
        from tools.models.adapters import Factors, write_adapter

        none = Factors(np.zeros((64, 1), np.float32), np.zeros((1, 96), np.float32))
        adapter = write_adapter("gemma2", {"blk.0.ffn_down.weight": none})
        report = Inspector(Lab(engine), path, adapter, material(cast), WITH_ABLATION).inspect()
    assert "post_attention_norm" in report.refused["ablation"]
    assert report.lens is not None and "ablation" not in short(report)
