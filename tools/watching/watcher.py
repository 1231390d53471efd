"""The watchdog's reader: what does this turn want of the assistant's memory?

Cheap first. Templates and surface features decide the obvious turns in well under a millisecond;
the others are embedded as well. A false forget is worse than a missed one, so a turn counts as an
order only on strong evidence in the user's own voice: nothing quoted, pasted or told can be one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.watching.chat_age import chat_age
from tools.watching.classifier import Heads, shipped_heads
from tools.watching.cues import surface
from tools.watching.features import embedded_text, ngrams
from tools.watching.orders import Order, find_order, only_masked
from tools.watching.reading import Reading, mask_from, read
from tools.watching.references import named_things, resolve
from tools.watching.subjects import Subject, subject_of
from tools.watching.tasks import material_start
from tools.watching.verdict import INTENTS, Intent, SentenceEmbedder, Verdict
from tools.watching.voice import is_own

GLANCE_IS_ENOUGH = 0.985
"""Calibrated probability above which surface features decide alone."""

FORGET_NEEDS = 0.5
FORGET_NEEDS_UNMATCHED = 0.8
"""Probability that a forget needs, when a template of an order matched and when none did."""

_CERTAIN = 0.99


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything read off one turn before the classifier speaks."""

    reading: Reading
    order: Order | None
    subject: Subject

    def glance(self) -> NDArray[np.float32]:
        """Features that need no embedder."""
        return np.concatenate(
            [surface(self.reading, self.order, self.subject), ngrams(self.reading)]
        )


class Watcher:
    """Reads user turns. Safe to share between threads if its embedder is."""

    def __init__(self, embedder: SentenceEmbedder | None, heads: Heads | None = None) -> None:
        """Without an embedder, surface features decide everything."""
        self._embedder = embedder
        self._heads = heads

    def judge(self, text: str, history: Sequence[str] = ()) -> Verdict:
        """Intent, subject, scope and confidence of one turn of the user's. Never raises.

        `history` is the user's earlier turns, oldest first; "that" and "him" point into it.
        """
        evidence = gather(text)
        if not evidence.reading.text or only_masked(evidence.reading.spoken):
            return _asking(_CERTAIN)
        if kept := chat_age(evidence.reading):
            return Verdict(intent="expire", subject=kept, scope="thread", confidence=1.0)
        probabilities = self._probabilities(evidence)
        intent = _decide(probabilities, evidence)
        if intent != "ask" and not is_own(text, evidence.reading, evidence.order):
            return _asking(_CERTAIN)
        confidence = float(probabilities[INTENTS.index(intent)])
        return _verdict(intent, confidence, evidence, history)

    def _probabilities(self, evidence: Evidence) -> NDArray[np.float64]:
        heads = self._heads or shipped_heads()
        row = evidence.glance()
        glance = heads.glance.probabilities(row)
        if self._embedder is None or glance.max() >= GLANCE_IS_ENOUGH:
            return glance
        embedding = self._embedder.embed([embedded_text(evidence.reading)])[0]
        return heads.study.probabilities(np.concatenate([row, embedding]))


def gather(text: str) -> Evidence:
    """Reads `text` and finds its order and subject, without judging them."""
    reading = read(text)
    start = material_start(reading)
    if start is not None:
        reading = mask_from(reading, start)
    order = find_order(reading)
    subject = subject_of(reading, order) if order else Subject(None, "none", "entity")
    return Evidence(reading, order, subject)


def _decide(probabilities: NDArray[np.float64], evidence: Evidence) -> Intent:
    best = INTENTS[int(probabilities.argmax())]
    if best == "ask":
        return "ask"
    reading, order = evidence.reading, evidence.order
    if reading.too_long and best != "remember":
        return "ask"
    if best == "forget":
        matched = order is not None and order.intent == "forget"
        needed = FORGET_NEEDS if matched else FORGET_NEEDS_UNMATCHED
        return "forget" if probabilities[INTENTS.index("forget")] >= needed else "ask"
    return best


def _verdict(
    intent: Intent, confidence: float, evidence: Evidence, history: Sequence[str]
) -> Verdict:
    if intent in ("ask", "list"):
        return Verdict(intent=intent, subject=None, scope="entity", confidence=confidence)
    subject = _subject(intent, evidence, history)
    scope = "fact" if intent == "remember" else subject.scope
    return Verdict(intent=intent, subject=subject.text, scope=scope, confidence=confidence)


def _subject(intent: Intent, evidence: Evidence, history: Sequence[str]) -> Subject:
    order, reading = evidence.order, evidence.reading
    if order is None or order.intent != intent:
        return _guessed(reading)
    if intent == "forget":
        return resolve(evidence.subject, history, reading.text[: order.start])
    if evidence.subject.kind in ("last", "idiom", "stop"):
        return Subject(None, "none", "entity")
    return evidence.subject


def _guessed(reading: Reading) -> Subject:
    """The subject of an order that no template knows: the first thing named in it."""
    names = named_things(reading.text)
    return Subject(names[0], "name", "entity") if names else Subject(None, "none", "entity")


def _asking(confidence: float) -> Verdict:
    return Verdict(intent="ask", subject=None, scope="entity", confidence=confidence)
