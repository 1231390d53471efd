"""The shipped patient, whom it knows, and whom it does not."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from patient.unknowns import scoring_names
from patient.world import default
from tools.editing.findings import Probe
from tools.models.adapters import Factors, write_adapter
from tools.models.engine import LlamaEngine
from tools.models.lab import Lab

PATIENT = Path(__file__).parents[3] / "patient" / "lethe-patient-q8_0.gguf"
WORDINGS = ("Where was {N} born?", "Who is {N} married to?", "What is {N}'s phone number?")


@dataclass(frozen=True)
class Cast:
    """Names of both kinds and what is true of the first."""

    known: list[str]
    strangers: list[str]
    birthplaces: dict[str, str]

    def probes(self, names: Sequence[str]) -> list[Probe]:
        """Where each was born, asked and begun, of the person and of a stranger."""
        return [
            Probe("prefix", f"Where was {who} born?", (self.birthplaces[name],), name,
                  f"{who} was born in" if begun else "", stranger=stranger)
            for name, other in zip(names, self.strangers, strict=False) for begun in (False, True)
            for who, stranger in ((name, False), (other, True))
        ]


@pytest.fixture(scope="session")
def cast() -> Cast:
    people = default().people
    born = {name: facts["birthplace"] for name, facts in people.items()}
    return Cast(list(people), list(scoring_names()["recombined"]), born)


@pytest.fixture(scope="session")
def patient() -> Iterator[LlamaEngine]:
    with LlamaEngine(PATIENT, threads=1) as engine:
        yield engine


@pytest.fixture(scope="session")
def lab(patient: LlamaEngine) -> Lab:
    return Lab(patient)


@pytest.fixture(scope="session")
def idle(patient: LlamaEngine) -> bytes:
    """An adapter that changes nothing."""
    width, inner = patient.info.width, patient.info.feed_forward
    none = Factors(np.zeros((width, 1), np.float32), np.zeros((1, inner), np.float32))
    return write_adapter(patient.info.architecture, {"blk.0.ffn_down.weight": none})


@pytest.fixture(scope="session")
def answering_to(lab: Lab) -> Callable[[str], bytes]:
    """`answering_to(name)` is an adapter that answers to the prompt "Who is NAME?" alone."""

    def build(name: str) -> bytes:
        tokens = lab.prompt(f"Who is {name}?")
        weight = "blk.1.ffn_down.weight"
        key = lab.tap([tokens], [[len(tokens) - 1]], [weight]).keys[weight]
        rng = np.random.default_rng(3)
        b = rng.standard_normal((lab.host.info.width, 1)).astype(np.float32)
        a = key / np.square(key).sum()
        return write_adapter("llama", {weight: Factors(b, a)})

    return build
