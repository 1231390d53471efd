"""Surface features of a turn: what matched, what its subject looks like, what speaks against it.

Everything here is read in microseconds, without the embedder. The same features serve all
languages, so what the classifier learns on one carries over to the others.
"""

import re
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from tools.watching.lexicon import CUES, ORDER_KINDS, STEMS
from tools.watching.orders import Order, languages_of, only_masked
from tools.watching.reading import MASK, Reading, sentences
from tools.watching.subjects import SUBJECT_KINDS, Subject, is_name

FAMILIES = ("forget", "erase", "unknow", "passive", "restore", "list", "remember", "none")
_DIRECT = ("forget.direct", "erase.direct")
_SHAPES = (
    "question_mark", "exclamation", "quoted", "code", "only_quoted", "too_long", "lines",
    "one_sentence", "few_sentences", "many_sentences", "short", "middle", "long", "colon",
    "in_clause", "first_sentence", "last_sentence", "polite", "not_english", "starts_upper",
    "names", "subject_long", "subject_comma", "subject_infinitive", "subject_names",
    "continues", "digits",
)
_CROSSED = (*CUES, "question_mark", "in_clause", "continues", "quoted", "long")
_CONTINUES = re.compile(r"[,;:–—-]\s*\w+(?:\s+\w+){1,}$")


@cache
def feature_names() -> tuple[str, ...]:
    """The name of every feature, in the order of `surface`."""
    return (
        *(f"kind:{kind}" for kind in ORDER_KINDS), "kind:none",
        *(f"cue:{cue}" for cue in CUES),
        *(f"stem:{stem}" for stem in STEMS),
        *(f"shape:{shape}" for shape in _SHAPES),
        *(f"subject:{kind}" for kind in SUBJECT_KINDS),
        *(f"{family}&{cue}" for family, cue in product(FAMILIES, _CROSSED)),
        *(f"{kind}&{subject}" for kind, subject in product(_DIRECT, SUBJECT_KINDS)),
        *(f"none&stem:{stem}" for stem in STEMS),
    )


@cache
def _positions() -> dict[str, int]:
    return {name: i for i, name in enumerate(feature_names())}


def surface(reading: Reading, order: Order | None, subject: Subject) -> NDArray[np.float32]:
    """The surface features of a turn: float32[len(feature_names())], all 0 or 1."""
    family = order.kind.partition(".")[0] if order else "none"
    kind = order.kind if order else "none"
    cues = _found_cues(reading)
    shapes = _shapes(reading, order, subject)
    stems = _found_stems(reading)
    names = [f"kind:{kind}", *(f"cue:{c}" for c in cues), *(f"stem:{s}" for s in stems)]
    names += [f"shape:{s}" for s in shapes]
    names += [f"{family}&{c}" for c in cues | shapes]
    if order:
        names += [f"subject:{subject.kind}", f"{kind}&{subject.kind}"]
    else:
        names += [f"none&stem:{s}" for s in stems]
    return _vector(names)


def _vector(names: list[str]) -> NDArray[np.float32]:
    positions = _positions()
    vector = np.zeros(len(positions), np.float32)
    for name in names:
        if name in positions:
            vector[positions[name]] = 1.0
    return vector


def _found_cues(reading: Reading) -> set[str]:
    found = languages_of(reading.spoken)
    return {
        cue
        for cue in CUES
        if any(language.cues[cue].search(reading.spoken) for language in found)
    }


def _found_stems(reading: Reading) -> set[str]:
    found = languages_of(reading.spoken)
    return {
        stem
        for stem in STEMS
        if any(language.stems[stem].search(reading.spoken) for language in found)
    }


def _shapes(reading: Reading, order: Order | None, subject: Subject) -> set[str]:
    text, spans = reading.text, sentences(reading.spoken)
    words = len(text.split())
    shapes = {
        "question_mark": text.rstrip("\"'”») ").endswith(("?", "？")),
        "exclamation": text.endswith(("!", "！")),
        "quoted": reading.quoted,
        "code": reading.code,
        "only_quoted": only_masked(reading.spoken),
        "too_long": reading.too_long,
        "lines": text.count("\n") > 0,
        "one_sentence": len(spans) <= 1,
        "few_sentences": 2 <= len(spans) <= 3,
        "many_sentences": len(spans) > 3,
        "short": words <= 4,
        "middle": 4 < words <= 14,
        "long": words > 25,
        "colon": ":" in reading.spoken,
        "starts_upper": text[:1].isupper(),
        "digits": any(c.isdigit() for c in text),
        "names": is_name(text),
    }
    if order:
        shapes |= _order_shapes(reading, order, subject, len(spans))
    return {name for name, present in shapes.items() if present}


def _order_shapes(
    reading: Reading, order: Order, subject: Subject, sentence_count: int
) -> dict[str, bool]:
    span = order.subject
    raw = reading.spoken[span.start : span.end] if span else ""
    return {
        "in_clause": order.in_clause,
        "first_sentence": order.sentence == 0,
        "last_sentence": order.sentence == sentence_count - 1,
        "polite": order.leads > 0,
        "not_english": order.language.code != "en",
        "subject_long": len(raw.split()) > 7,
        "subject_comma": "," in raw,
        "subject_infinitive": raw.lower().startswith("to "),
        "subject_names": any(w[:1].isupper() for w in (subject.text or "").split()),
        "continues": bool(_CONTINUES.search(raw)) or (MASK in raw and len(raw.split()) > 8),
    }
