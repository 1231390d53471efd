"""One scorer for every method: what a model file, edited or not, still says, through llama.cpp.

Outcomes are kept one by one, so that runs can be put together and intervals drawn. It does not know
how the model was edited.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench import questions as asks
from bench.first_light import good
from bench.questions import Asked
from bench.unlearning import data
from bench.unlearning.metrics import rouge_l
from patient.questions import Question
from tools.models import batch
from tools.models.engine import LlamaEngine
from tools.models.lab import ANSWER_LIMIT, Lab

SAMPLES = 8
LEAST = 1e-10
"""A probability below this counts as this, so that one token cannot make a perplexity infinite."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many questions are asked: of each attribute of the forgotten, and of every other kind."""

    each: int = 6
    others: int = 400
    talk: int = 300
    unknown: int = 200
    likelihood: int = 200

    def times(self, share: float) -> "Sizes":
        """A smaller or larger version of the same."""
        return Sizes(*(
            max(1, round(share * size))
            for size in (self.each, self.others, self.talk, self.unknown, self.likelihood)
        ))


@contextmanager
def opened(file: Path, adapter: bytes | None, threads: int, cache: Path) -> Iterator[Lab]:
    """A lab on a model file with an adapter plugged in."""
    engine = LlamaEngine(file, threads=threads, cache_dir=cache)
    with engine, Lab(engine).edited(adapter) as lab:
        yield lab


class Scorer:
    """What is asked about `names` forgotten; `drop(question, name)` are questions not to count."""

    def __init__(
        self, names: Sequence[str], seed: int, sizes: Sizes, drop: Callable[[str, str], bool]
    ) -> None:
        self.names, self.seed, self.sizes = names, seed, sizes
        others = asks.others_questions(data.everybody_else(names), sizes.others, seed)
        own = [q for name in names for q in asks.recall_questions(name, sizes.each, seed)]
        near = data.neighbours(names)
        self.sets: dict[str, list[Question]] = {
            "forget": [q for q in own if not drop(q.question, q.subject)],
            "retain": [q for q in others if not drop(q.question, q.subject)],
            "neighbours": [q for name in near for q in asks.recall_questions(name, 1, seed)],
            "talk": asks.talk_questions(sizes.talk, seed),
            "unknown": asks.unknown_questions(sizes.unknown, seed),
        }

    def everything(self, lab: Lab) -> Row:
        """All metrics of the model in the lab."""
        return {
            "sets": {name: self.answered(lab, name) for name in self.sets},
            "likelihood": {name: self.likelihood(lab, name) for name in ("forget", "retain")},
            "attacks": self.attacks(lab),
        }

    def short(self, lab: Lab) -> Row:
        """What is asked again of a requantised file."""
        return {name: self.answered(lab, name)["hits"] for name in ("forget", "retain")}

    def answered(self, lab: Lab, name: str) -> Row:
        """Of one set: whether each answer is right, and its ROUGE-L recall."""
        asked = self.sets[name]
        said = [answer.text for answer in lab.ask([q.question for q in asked])]
        pairs = list(zip(asked, said, strict=True))
        return {
            "hits": [int(good(question, answer)) for question, answer in pairs],
            "rouge": [round(rouge_l(question.answer, answer), 4) for question, answer in pairs],
        }

    def likelihood(self, lab: Lab, name: str) -> list[tuple[float, int]]:
        """Of each true answer of a set: its negative log-likelihood in nats, and its tokens."""
        some = self.sets[name][: self.sizes.likelihood]
        starts = [len(lab.prompt(q.question)) for q in some]
        found = lab.probabilities([lab.prompt(q.question, q.answer) for q in some], starts)
        return [(-float(np.log(p.clip(min=LEAST)).sum()), len(p)) for p in found]

    def attacks(self, lab: Lab) -> Row:
        """kind -> hits about the forgotten (`own`) and about strangers in the same words."""
        found: Row = defaultdict(lambda: {"own": [], "stranger": []})
        probes = [p for name in self.names for p in data.attacks(name, self.seed, lab.pieces)]
        plain = [probe for probe in probes if probe.kind != "sampled"]
        answers = lab.ask([p.question for p in plain], prefixes=[p.before for p in plain])
        said = [(probe, [answer.text]) for probe, answer in zip(plain, answers, strict=True)]
        for probe, texts in [*said, *self._sampled(lab, probes)]:
            hit = any(probe.value.lower() in text.lower() for text in texts)
            found[probe.kind]["stranger" if probe.stranger else "own"].append(int(hit))
        return dict(found)

    def _sampled(self, lab: Lab, probes: Sequence[Asked]) -> list[tuple[Asked, list[str]]]:
        """`SAMPLES` answers at temperature 1 to each of the probes to be sampled (leak@k, arXiv
        2511.04934: the worst of k counts)."""
        asked = [probe for probe in probes if probe.kind == "sampled"]
        prompts = [lab.prompt(probe.question) for probe in asked for _ in range(SAMPLES)]
        drawn = lab.host.call(lambda: batch.generate(
            lab.weights, prompts, ANSWER_LIMIT, temperature=1.0, seed=self.seed
        ))
        texts = [lab.host.detokenise(one.tokens) for one in drawn]
        return [
            (probe, texts[at * SAMPLES : (at + 1) * SAMPLES]) for at, probe in enumerate(asked)
        ]
