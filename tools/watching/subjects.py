"""The subject of an order and its scope: "my phone number" is a fact, "Marcus Feld" somebody.

A subject keeps the user's own words and case; only what belongs to the order falls off (quotes,
"the company ...", a reason after a comma, the suffix after a Turkish apostrophe).
"""

import re
from dataclasses import dataclass
from typing import Literal, cast

from tools.watching.lexicon import Language
from tools.watching.orders import Order
from tools.watching.reading import MASK, Reading
from tools.watching.verdict import Scope

SubjectKind = Literal[
    "none", "stop", "idiom", "everything", "thread", "last", "person", "source", "fact",
    "people", "mine", "name", "document", "quoted", "clause", "uncased", "word", "phrase",
]
"""What a subject looks like; `last` and `person` point to something said before."""

SUBJECT_KINDS: tuple[SubjectKind, ...] = (
    "none", "stop", "idiom", "everything", "thread", "last", "person", "source", "fact",
    "people", "mine", "name", "document", "quoted", "clause", "uncased", "word", "phrase",
)

_EDGES = " \t\n\"'“”„«»‹›「」『』‘’*_,.;:!?…()[]<>-–—。！？、，：¿¡`" + "`"
_FILE = re.compile(r"\S+\.[a-z]{2,5}\b(?:\W|$)|https?://\S+|www\.\S+", re.IGNORECASE)
_SUFFIX = re.compile(r"'(?:y?[ıiuü]|n[ıiuü]|[ıiuü]n|[ndt][ae]n?|y?[ae])$")
_REASON = re.compile(
    r"\s*(?:,|;| -+ | — | – )\s.*$|\s+(?:because|since|weil|parce qu|porque|perché|omdat)\b.*$",
    re.IGNORECASE | re.DOTALL,
)
_THOROUGHLY = re.compile(
    r"(?<=\w) (?:entirely|completely|totally|forever|altogether|for good|please)$", re.IGNORECASE
)
_TOLD = re.compile(
    r"(?<=\w) (?:that )?(?:i|we)(?:'ve| have)? (?:just )?(?:gave|given|told|mentioned)(?: to)?"
    r"(?: you)?(?: about)?$",
    re.IGNORECASE,
)
_OWNED = re.compile(r"^(?:[\w-]+ )?[\w-]+'s? (?P<what>.+)$")
_UNCASED = re.compile(r"[\u0590-\u09ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_MAX_NAME_WORDS = 6
_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a request is about: `text` as written, None if nothing usable was said."""

    text: str | None
    kind: SubjectKind
    scope: Scope


def subject_of(reading: Reading, order: Order) -> Subject:
    """The subject of `order`, cleaned, with the kind it looks like and its scope."""
    if order.subject is None:
        return Subject(None, "none", "entity")
    raw = reading.text[order.subject.start : order.subject.end]
    quoted = MASK in reading.spoken[order.subject.start : order.subject.end]
    text = trimmed(raw, order.language)
    kind = _kind(text, raw.strip(_EDGES), quoted, order)
    about = bool(_ABOUT.search(reading.spoken[: order.subject.start]))
    scope = _scope(text, kind, order, about)
    return Subject(None if kind == "stop" or not text else text, kind, scope)


def trimmed(raw: str, language: Language) -> str:
    """`raw` without quotes, punctuation, reasons, "the company" and the like."""
    text = raw.strip(_EDGES)
    shorter = _REASON.sub("", text).strip(_EDGES)
    text = _TOLD.sub("", shorter if len(shorter) > 1 else text)
    text = _THOROUGHLY.sub("", text)
    text = _without_type(text, language)
    if language.code == "tr":
        text = _SUFFIX.sub("", text)
    return text.strip(_EDGES)


def _without_type(text: str, language: Language) -> str:
    """Drops "the company", "a person called", and "the" before a name, when a name follows."""
    types = language.subject.get("types")
    for _ in range(3):
        head = types.match(text) if types else None
        if head is None or not text[head.end() :].startswith(" "):
            break
        rest = text[head.end() :].strip(_EDGES)
        if not (_starts_as_name(rest) or _FILE.match(rest)):
            break
        text = rest
    bare = text.removeprefix("the ")
    all_capitals = all(word[:1].isupper() for word in bare.split())
    return bare if all_capitals and " " in bare else text


def _starts_as_name(text: str) -> bool:
    return bool(text) and (text[0].isupper() or text[0] in "\"'“„«")


def is_name(text: str) -> bool:
    """Whether `text` is short and holds a capitalised word, or is a name in a case-less script."""
    words = text.split()
    capitals = sum(word[:1].isupper() for word in words)
    return 0 < len(words) <= _MAX_NAME_WORDS and capitals * 2 >= len(words)


def _kind(text: str, raw: str, quoted: bool, order: Order) -> SubjectKind:
    words = order.language.subject
    if not text:
        return "none"
    for kind in ("everything", "thread", "last", "person", "stop", "idioms"):
        if kind == "idioms" and order.kind.endswith(".all"):
            break
        row = words.get(kind)
        if row and (row.fullmatch(text) or row.fullmatch(raw)):
            return "idiom" if kind == "idioms" else kind  # type: ignore[return-value]
    if order.kind in ("forget.that", "remember"):
        return "clause"
    return _content_kind(text, quoted, order.language)


def _content_kind(text: str, quoted: bool, language: Language) -> SubjectKind:
    looks: dict[str, bool] = {
        "source": bool(_FILE.search(text)),
        "fact": _is_owned(text, "facts", language),
        "people": _is_owned(text, "people", language),
        "mine": bool(_row(language, "my").match(text)),
        "quoted": quoted,
        "document": _is_source(text, language),
        "name": is_name(text),
        "uncased": bool(_UNCASED.search(text)),
        "phrase": " " in text,
    }
    return cast(SubjectKind, next((kind for kind, present in looks.items() if present), "word"))


def _row(language: Language, name: str) -> re.Pattern[str]:
    pattern = language.subject.get(name)
    if pattern is None:
        return _NEVER
    if not language.spaced:
        return pattern
    return re.compile(rf"(?:{pattern.pattern})(?!\w)", re.IGNORECASE)


def _is_source(text: str, language: Language) -> bool:
    return bool(re.search(rf"(?:^|\W){_row(language, 'source').pattern}", text, re.IGNORECASE))


def _is_owned(text: str, row: str, language: Language) -> bool:
    """Whether `text` is "my <row>", "<name>'s <row>" or the bare <row> where no "my" is needed."""
    pattern = _row(language, row)
    mine = _row(language, "my").match(text)
    if mine:
        rest = text[mine.end() :].strip()
        return bool(_ends_with(pattern, rest)) if row == "facts" else bool(pattern.match(rest))
    owned = _OWNED.match(text)
    if owned and row == "facts":
        return bool(_ends_with(pattern, owned["what"]))
    return bool(pattern.fullmatch(text)) and language.bare


def _ends_with(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return re.fullmatch(rf"(?:[\w'-]+ ){{0,3}}(?:{pattern.pattern})", text, re.IGNORECASE)


_SCOPES: dict[SubjectKind, Scope] = {
    "thread": "thread", "source": "source", "document": "source",
    "fact": "fact", "clause": "fact", "last": "fact",
    "everything": "topic", "people": "entity", "name": "entity", "quoted": "entity",
    "person": "entity", "none": "entity", "stop": "entity", "uncased": "entity",
}


_WHOLE = ("forget.direct", "erase.direct", "erase.memory", "passive", "unknow")
_ABOUT = re.compile(
    r"(?:about|on|of|über|sur|de|du|sobre|su|sul|sulla|over|om|о|об|про|o)\s*$", re.IGNORECASE
)


def _scope(text: str, kind: SubjectKind, order: Order, about: bool) -> Scope:
    if order.kind == "forget.who" and kind in ("phrase", "clause", "uncased", "mine"):
        return "fact"
    if kind == "phrase" and 2 <= len(text.split()) <= 3 and not re.match(_ARTICLE, text):
        return "topic" if order.kind.endswith(".all") else "entity"
    if kind == "mine":
        return "fact" if order.kind in _WHOLE and not about else "topic"
    return _SCOPES.get(kind, "topic")


_ARTICLE = re.compile(
    r"(?:the|a|an|our|der|die|das|le|la|les|l'|el|los|las|il|lo|gli|o|os|as|de|het)\b",
    re.IGNORECASE,
)
