"""What "that", "him" or "the last thing" point to in the earlier turns of the user."""

import re
from collections.abc import Iterator, Sequence

from tools.watching.orders import find_order, languages_of
from tools.watching.reading import Reading, clean_text, read, sentences
from tools.watching.subjects import Subject, subject_of

_CAPITALISED = re.compile(r"[^\W\d_a-z][\w'.-]*(?: (?:of|de|da|di|del|van|von|der|la|le|bin|al) "
                          r"[^\W\d_a-z][\w'.-]*| [^\W\d_a-z][\w'.-]*)*")
_MINE = re.compile(
    r"\b(?:my|our) [\w'-]+(?: (?:\w+ )?(?:number|code|name|card|address|date|account))*",
    re.IGNORECASE,
)
_FEW_WORDS = 2
"""Words before an order that are only an interjection, not what it points to."""
_POSSESSIVE = re.compile(r"'s?$")


def resolve(subject: Subject, history: Sequence[str], before: str = "") -> Subject:
    """`subject` itself, or what it points to in `before` (the same turn) and then in `history`.

    `history` is the user's earlier turns, oldest first. A reference to nothing keeps no text.
    """
    if not _points_back(subject, before):
        return subject
    said_now = [before] if len(before.split()) > _FEW_WORDS else []
    name = _last_named(said_now) or (_last_named(history) if subject.kind == "person" else None)
    statement = None if name else _last_statement([*history, *said_now])
    if statement and subject.kind != "person":
        return Subject(statement, subject.kind, "fact")
    name = name or _last_named(history)
    return Subject(name, subject.kind, "entity" if name else subject.scope)


def _points_back(subject: Subject, before: str) -> bool:
    """Whether the subject only points; "it" does, "me" does not unless something was just said."""
    if subject.kind == "idiom":
        return bool(before.strip()) or (subject.text or "").lower() == "it"
    return subject.kind in ("last", "person")


def _last_statement(turns: Sequence[str]) -> str | None:
    """The last turn that says something: no question, and of an order only what it orders."""
    for turn in reversed(turns):
        reading = read(turn)
        if not reading.text or _is_question(reading):
            continue
        order = find_order(reading)
        if order is None:
            return reading.text
        if order.intent == "remember":
            return subject_of(reading, order).text
    return None


def _is_question(reading: Reading) -> bool:
    if reading.text.rstrip("\"'”») ").endswith(("?", "？")):
        return True
    found = languages_of(reading.spoken)
    return any(language.cues["question"].match(reading.spoken) for language in found)


def _last_named(turns: Sequence[str]) -> str | None:
    """The last somebody or something named in the turns, the most recent turn first."""
    for turn in reversed(turns):
        names = named_things(clean_text(turn))
        if names:
            return max(names, key=lambda name: (" " in name, names.index(name)))
    return None


def named_things(text: str) -> list[str]:
    """Capitalised names in `text`, but for words that only start a sentence; then "my ..."."""
    names = []
    for found in _capitalised(text):
        words = found[0].split()
        if found.start() == found.pos:
            words = words if len(words) > 1 and not _is_common(words[0]) else words[1:]
        if words and not (len(words) == 1 and len(words[0]) < 3):
            names.append(_POSSESSIVE.sub("", " ".join(words).rstrip(".,'-")))
    return names or [found[0] for found in _MINE.finditer(text)]


def _capitalised(text: str) -> Iterator[re.Match[str]]:
    for span in sentences(text):
        yield from _CAPITALISED.finditer(text, span.start, span.end)


_COMMON = frozenset(
    "who what where when why how is are was were do does did the a an my our i we he she they it"
    " this that and but so if tell please can could would where's who's what's wer was wo qui où"
    " quién qué chi cosa quem wie waar kim кто где что yesterday today remember met".split()
)


def _is_common(word: str) -> bool:
    return word.lower() in _COMMON
