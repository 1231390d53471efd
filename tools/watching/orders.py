"""Finding the order in a turn: which template matches where, and what stands as its subject.

A match is strong evidence and no verdict: "forget Paris, let's go to Rome" matches too. What the
match looked like becomes features, and the classifier decides.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tools.watching.lexicon import ORDER_KINDS, Language, Template, languages
from tools.watching.reading import MASK, Reading, Span, sentences

_MAX_SENTENCE = 400
_MAX_SENTENCES = 12
_CLAUSE = re.compile(
    r"[,:;–—]\s*|\s-\s|[，、：]"
    r"|\s(?=(?:so|and|but|then|please|bitte|you (?:must|have to|should|need to|are to))\s)"
)
_LEADING = re.compile(r"[\s,.:;!¡¿—–*#•-]*")
_MAX_LEADS = 8
_SPECIFIC = tuple(ORDER_KINDS)


@dataclass(frozen=True, slots=True)
class Order:
    """One matched template. `subject` is where its subject stands in the turn, if it has one."""

    kind: str
    language: Language
    subject: Span | None
    start: int
    sentence: int
    leads: int
    in_clause: bool

    @property
    def intent(self) -> str:
        """The intent that this kind of template speaks for."""
        family = self.kind.partition(".")[0]
        return family if family in ("restore", "list", "remember") else "forget"


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of one sentence that may be an order by itself."""

    start: int
    end: int
    sentence: int
    in_clause: bool


def find_order(reading: Reading) -> Order | None:
    """The first order of the turn in any language; whole sentences win over clauses of one."""
    spoken = languages_of(reading.spoken)
    spans = [s for s in sentences(reading.spoken) if s.end - s.start <= _MAX_SENTENCE]
    wholes = [_Piece(s.start, s.end, i, False) for i, s in enumerate(spans[:_MAX_SENTENCES])]
    clauses = [piece for whole in wholes for piece in _clauses(reading.spoken, whole)]
    found = (_match(reading.spoken, piece, spoken) for piece in [*wholes, *clauses])
    return next((order for order in found if order), None)


@lru_cache(maxsize=16)
def languages_of(spoken: str) -> tuple[Language, ...]:
    """The languages in which some stem of `spoken` can begin an order."""
    return tuple(language for language in languages() if language.any_stem.search(spoken))


def _clauses(spoken: str, whole: _Piece) -> Iterator[_Piece]:
    for cut in list(_CLAUSE.finditer(spoken, whole.start, whole.end))[:6]:
        if whole.end - cut.end() > 3:
            yield _Piece(cut.end(), whole.end, whole.sentence, True)


def _match(spoken: str, piece: _Piece, candidates: tuple[Language, ...]) -> Order | None:
    found = [order for each in candidates if (order := _match_in(spoken, piece, each))]
    return min(found, key=lambda order: _SPECIFIC.index(order.kind), default=None)


def _match_in(spoken: str, piece: _Piece, language: Language) -> Order | None:
    starts = _starts(spoken, piece, language)
    for leads in range(len(starts) - 1, -1, -1):
        order = _match_at(spoken, piece, language, starts[leads], leads)
        if order:
            return order
    return None


def _starts(spoken: str, piece: _Piece, language: Language) -> list[int]:
    """Where an order may begin: after none, one, two ... pieces of politeness."""
    begin = _LEADING.match(spoken, piece.start, piece.end)
    starts = [begin.end() if begin else piece.start]
    while len(starts) <= _MAX_LEADS:
        lead = language.lead.match(spoken, starts[-1], piece.end)
        if lead is None or lead.end() == starts[-1] or lead.end() >= piece.end:
            break
        starts.append(lead.end())
    return starts


def _match_at(
    spoken: str, piece: _Piece, language: Language, start: int, leads: int
) -> Order | None:
    for template in language.templates(spoken):
        match = template.pattern.match(spoken, start, piece.end)
        if match:
            subject = _subject_span(template, match)
            return Order(
                template.kind, language, subject, start, piece.sentence, leads, piece.in_clause
            )
    return None


def _subject_span(template: Template, match: re.Match[str]) -> Span | None:
    if "s" not in template.pattern.groupindex or match["s"] is None:
        return None
    return Span(match.start("s"), match.end("s"))


def only_masked(spoken: str) -> bool:
    """Whether nothing in the user's own voice is left of the turn."""
    return not re.search(r"\w", spoken.replace(MASK, " "))
