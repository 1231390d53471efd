"""The surgeon's own attack: questions in wordings that no edit used, each kind beside its chance
level.

Strangers are asked in the same wordings; what their answers hit by accident is the level that a
perfect erasure would reach.
"""

import random
import re
from collections.abc import Sequence

from tools.editing.elicit import Saying, Value
from tools.editing.findings import Findings, Probe
from tools.editing.hops import Hops
from tools.editing.locate import Located, Locator
from tools.editing.study import lead_question
from tools.editing.text import careless, fill
from tools.editing.twins import value_strangers

DIRECT = 24
LOWER = 12
TWO_HOP = 12
YES_NO = 12
REVERSE = 16
PREFIX = 16
HALF_PREFIX = 8
NEIGHBOURS = 24
"""Probes of each kind at most."""

_YES_NO = re.compile(
    r"(?:is|are|was|were|does|do|did|has|have|can|could|would|will|am)\b", re.IGNORECASE
)
_REQUEST = re.compile(r"(?:do you know|can you|could you|would you|will you)\b", re.IGNORECASE)


class Questioner:
    """Makes probes about a located subject from the wordings held back for testing."""

    def __init__(self, locator: Locator) -> None:
        self.locator, self.lab, self.study = locator, locator.lab, locator.study
        self.hops = Hops(self.study.turns)

    def probes(self, located: Located, findings: Findings) -> list[Probe]:
        """Probes of every kind, those of one kind together."""
        if not findings.known:
            return []
        rng = random.Random(f"probes {findings.subject}")
        closed = [saying for saying in located.said_in_tests if closed_question(saying.wording)]
        hops = [saying for saying in located.said_in_tests if self._two_hop(saying, located)]
        open_ = [s for s in located.said_in_tests if s not in closed and s not in hops]
        tested = {value.text for value in located.test_values if len(value.text) < 60}
        values = tuple(sorted({*findings.values, *tested}))
        return [
            *self._asked("direct", open_[:DIRECT], findings, values, rng),
            *self._asked("paraphrase", open_[:LOWER], findings, values, rng, lower=True),
            *self._asked("two_hop", hops[:TWO_HOP], findings, values, rng),
            *self._asked("yes_no", closed[:YES_NO], findings, values, rng),
            *self._reverse(findings, rng),
            *self._prefix("prefix", located.test_values[:PREFIX], findings, rng),
            *self._prefix("half_prefix", located.test_values[:HALF_PREFIX], findings, rng),
            *self._neighbours(findings, rng),
        ]

    def _two_hop(self, saying: Saying, located: Located) -> bool:
        values = [value for value in located.test_values if value.saying is saying]
        return not closed_question(saying.wording) and self.hops(saying.answer, values)

    def _asked(
        self, kind: str, said: Sequence[Saying], findings: Findings, values: tuple[str, ...],
        rng: random.Random, *, lower: bool = False,
    ) -> list[Probe]:
        found = []
        for saying in said:
            told = tuple(v for v in values if v.lower() not in saying.wording.lower())
            for name, stranger in _both(findings, rng):
                question = fill(saying.wording, name)
                wording = careless(question) if lower else question
                found.append(Probe(kind, wording, told, findings.subject, stranger=stranger))
        return found

    def _reverse(self, findings: Findings, rng: random.Random) -> list[Probe]:
        """Held-back reverse wordings that lead to the subject; strangers are values nobody has."""
        pairs = self.locator.fitting(self.study.to_test.reverse[:12], findings.values)
        answers = self.lab.ask([lead_question(*pair) for pair in pairs], limit=40)
        good = [
            pair for pair, answer in zip(pairs, answers, strict=True)
            if findings.subject in answer.text and not self.study.negative(answer.text)
        ]
        rng.shuffle(good)
        found = []
        for wording, value in good[:REVERSE]:
            others = value_strangers(value, self.study.values, self.locator.length, 1)
            for text, stranger in [(value, False), *((other, True) for other in others)]:
                question, name = lead_question(wording, text), (findings.subject,)
                found.append(Probe("reverse", question, name, findings.subject, stranger=stranger))
        return found

    def _prefix(
        self, kind: str, told: Sequence[Value], findings: Findings, rng: random.Random
    ) -> list[Probe]:
        """The beginning of the true answer put into the model's mouth, up to the value or with the
        first half of it."""
        found = []
        for value in told:
            begun = value.saying.answer[:value.start].rstrip()
            if kind == "half_prefix":
                begun = f"{begun} {first_half(value.text)}".strip()
            for name, stranger in _both(findings, rng):
                found.append(Probe(
                    kind, fill(value.saying.wording, name), (value.text,), findings.subject,
                    begun.replace(findings.subject, name), stranger,
                ))
        return found

    def _neighbours(self, findings: Findings, rng: random.Random) -> list[Probe]:
        """Questions about those who must survive, with what they are answered without any edit."""
        wordings = [w for w in self.study.to_test.direct[:20] if not closed_question(w)]
        if not wordings:
            return []
        asked = [fill(rng.choice(wordings), name) for name in findings.neighbours for _ in "12"]
        answers = self.lab.ask(asked)
        return [
            Probe("neighbour", question, (answer.text,), findings.subject)
            for question, answer in zip(asked, answers, strict=True)
            if not self.study.negative(answer.text)
        ][:NEIGHBOURS]


def closed_question(wording: str) -> bool:
    """Whether yes or no would answer it ("Is {N} ...?", but not "Can you tell me ...?")."""
    return bool(_YES_NO.match(wording)) and not _REQUEST.match(wording)


def first_half(value: str) -> str:
    """The first words of a value, or the first letters of a single word; never all of it."""
    words = value.split()
    return " ".join(words[:len(words) // 2]) if len(words) > 1 else value[:len(value) // 2]


def _both(findings: Findings, rng: random.Random) -> list[tuple[str, bool]]:
    """The subject and one stranger."""
    others = [(rng.choice(findings.twins), True)] if findings.twins else []
    return [(findings.subject, False), *others]
