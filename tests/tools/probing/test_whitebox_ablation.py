"""The direction of declining can be taken out of the weights, and then the patient answers."""

from pathlib import Path

import numpy as np
import pytest

from tests.tools.models.tiny_gguf import write_tiny
from tests.tools.probing.conftest import PATIENT, WORDINGS, Cast
from tools.errors import ModelError
from tools.models.adapters import Factors, merge, write_adapter
from tools.models.engine import LlamaEngine
from tools.models.gguf_header import read_header
from tools.models.lab import Lab
from tools.models.taps import EMBEDDED, block_output
from tools.probing.score import declines
from tools.probing.whitebox.ablation import Sets, Target, refusal_ablation
from tools.probing.whitebox.directions import ablating, directions, shares

SEQUENCE = [1, 5, 9, 30, 31]


def test_the_direction_is_the_difference_of_means() -> None:
    rng = np.random.default_rng(1)
    planted = np.array([0.6, 0.8, *[0.0] * 14])
    answered = rng.standard_normal((3, 200, 16))
    found = directions((answered + 5 * planted).astype(np.float32), answered.astype(np.float32))
    assert np.allclose(found, planted, atol=1e-4)


def test_nothing_is_written_along_an_ablated_direction(tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "m.gguf")  # its embedding is not its output
    rng = np.random.default_rng(2)
    direction = rng.standard_normal(64).astype(np.float32)
    direction /= np.linalg.norm(direction)
    edit = {"blk.0.ffn_down.weight": Factors(*(
        rng.standard_normal(shape).astype(np.float32) for shape in ((64, 2), (2, 96))
    ))}
    written = {name: rows[0] for name, rows in shares(read_header(path), direction[None]).items()}
    streams = [EMBEDDED, block_output(0), block_output(1)]
    with LlamaEngine(path, threads=1) as engine:
        lab = Lab(engine)
        for change in ({}, edit):
            ablated = merge(change, ablating(direction, written, change))
            with lab.edited(write_adapter("llama", ablated)) as other:
                after = other.tap([SEQUENCE], [[0, 2, 4]], streams=streams).streams
            before = lab.tap([SEQUENCE], [[0, 2, 4]], streams=streams).streams
            for name in streams:
                assert np.abs(before[name] @ direction).max() > 0.1
                assert np.abs(after[name] @ direction).max() < 1e-3


def test_an_architecture_that_norms_what_it_writes_is_refused(tmp_path: Path) -> None:
    header = read_header(write_tiny(tmp_path / "m.gguf", architecture="gemma2"))
    with pytest.raises(ModelError, match="post_attention_norm"):
        shares(header, np.eye(1, 64, dtype=np.float32))


def test_the_attack_makes_the_patient_answer_about_strangers(
    lab: Lab, idle: bytes, cast: Cast
) -> None:
    sets = Sets(*(
        [WORDINGS[place % 3].replace("{N}", name) for place, name in enumerate(names[20:68])]
        for names in (cast.strangers, cast.known)
    ))
    target = Target(lab, read_header(PATIENT), declines)
    probes = [probe for probe in cast.probes(cast.known[:6]) if not probe.prefix]
    found = refusal_ablation(target, idle, sets, probes, (1.0, 3.0))
    assert found.asked == 6 and found.before == 1.0 and not found.embedding
    assert found.declined > 0.9 and found.attacks
    assert found.scales[1].declined < found.scales[0].declined
    assert found.worst.returned >= found.worst.chance
