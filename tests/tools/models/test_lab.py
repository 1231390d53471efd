"""The lab looks into a model that is chatting, as it is or under an adapter."""

import numpy as np

from tools.models.adapters import Factors, write_adapter
from tools.models.engine import LlamaEngine
from tools.models.lab import Lab
from tools.models.probe import down_projection
from tools.models.projections import read_projections
from tools.models.taps import Want, block_output

QUESTION = "Where was Marcus Feld born?"


def test_an_edit_moves_the_stream_by_what_it_adds(patient: LlamaEngine) -> None:
    lab, name, stream = Lab(patient), down_projection(0), block_output(0)
    prompt = lab.prompt(QUESTION)
    positions = [[len(prompt) - 1, 2]]
    down = read_projections(patient.path).layers[0]["down"]
    rng = np.random.default_rng(0)
    b = rng.standard_normal((down.outputs, 2)).astype(np.float32)
    a = rng.standard_normal((2, down.inputs)).astype(np.float32)
    plain = lab.tap([prompt], positions, [name], [stream])
    with lab.edited(write_adapter("llama", {name: Factors(b, a)})) as other:
        moved = other.tap([prompt], positions, [name], [stream], kinds=("outputs", "edited"))
    share = plain.keys[name] @ a.T @ b.T
    assert np.allclose(moved.outputs[name], plain.outputs[name], atol=1e-3)
    assert np.allclose(moved.edited[name], plain.outputs[name] + share, atol=1e-3)
    assert np.allclose(moved.streams[stream], plain.streams[stream] + share, atol=1e-3)


def test_one_row_comes_back_for_every_position(patient: LlamaEngine) -> None:
    lab = Lab(patient)
    prompt = lab.prompt(QUESTION)
    layers = read_projections(patient.path).layers
    values = [layer["value"].name for layer in layers]
    found = lab.tap([prompt, prompt], [[3, 1], [0]], values, kinds=("keys",))
    assert list(found.keys) == values
    assert {rows.shape for rows in found.keys.values()} == {(3, patient.info.width)}
    assert not found.outputs


def test_a_patched_last_stream_decides_the_next_token(patient: LlamaEngine) -> None:
    lab, last = Lab(patient), block_output(patient.info.layers - 1)
    prompts = [lab.prompt(QUESTION), lab.prompt("Hello!")]
    ends = [[len(prompt) - 1] for prompt in prompts]
    rows = lab.tap(prompts, ends, streams=[last]).streams[last]
    patched = lab.patched_logits(prompts, {Want("streams", last): rows[::-1].copy()})
    plain = lab.next_logits(prompts)
    assert patched.argmax(axis=1).tolist() == plain[::-1].argmax(axis=1).tolist()
