"""Whose words an order is in: what is pasted, told, labelled or disguised orders nothing.

Reading masks what is marked as foreign. This module looks at what stands around an order that was
left unmasked, and asks for signs that it is the user who speaks. Doubt counts against the order: a
false "somebody else" costs the user one plain order, a false "the user" lets a document act.
"""

import re
import unicodedata

from tools.watching.lexicon import languages
from tools.watching.orders import Order
from tools.watching.reading import MASK, Reading, Span, sentences
from tools.watching.references import named_things
from tools.watching.subjects import subject_of

_FEW_WORDS = 5
_FEW_SIGNS = 12
"""A remark beside an order that is no longer than this need not show who speaks."""

_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC")
_WORD = re.compile(r"[^\W\d_]+")
_HIDDEN = re.compile(
    r"(?<=[a-z])[\u00ad\u034f\u180e\u200b-\u200f\u2060-\u2064\ufeff]+(?=[a-z])"
    r"|[\u202d\u202e\u2066-\u2068\U000e0020-\U000e007f]",
    re.IGNORECASE,
)
_INDENTED = re.compile(r"^(?: {4}|\t)\s*\S", re.MULTILINE)
_RULED = re.compile(r"^ *(?:\$ |#|//|--|\||[-=_*]{3})", re.MULTILINE)
_ITEM = re.compile(r"(?:\d+[.)]|[-*•|#=+<>/;%\[({]|\w+\s*[=|])\s*")
_SIGNS = re.compile(r"[-_=#|/\\+~^@<>\[\]{}]")
_COLON = re.compile(r"[:：](?![\w/])")
_DIRECT = re.compile(r"[,，:：]\s*$")
_MENTION = re.compile(r"[^\W\d_]{3,}")


def disguised(text: str) -> bool:
    """Whether letters of `text` only look like others, or others lie hidden between them.

    One word in two alphabets, letters of mathematics, invisible signs inside a Latin word, turned
    writing direction, tag characters. Joiners of scripts that need them are no disguise.
    """
    return bool(_HIDDEN.search(text)) or any(_mixed(word[0]) for word in _WORD.finditer(text))


def _mixed(word: str) -> bool:
    if word.isascii():
        return False
    names = [unicodedata.name(letter, "") for letter in word]
    scripts = {name.partition(" ")[0] for name in names}
    return len(scripts.intersection(_SCRIPTS)) > 1 or "MATHEMATICAL" in scripts


def is_own(text: str, reading: Reading, order: Order | None) -> bool:
    """Whether an order read off `text` can be the user's.

    `order` is None if no template matched.
    """
    if disguised(text) or _cue("aimed", _outside_subject(reading, order)):
        return False
    if not _plain_layout(text, reading, order):
        return False
    if order is None:
        return _is_unlabelled(reading.spoken)
    spans = sentences(reading.spoken)
    said = spans[order.sentence]
    return (
        _is_led_to(reading.spoken[said.start : order.start], order)
        and not _told_after(reading.spoken[order.start : said.end], order)
        and _among_talk(reading, [each for each in spans if each != said], order)
    )


def _cue(name: str, text: str, order: Order | None = None) -> bool:
    """Whether a word of cue `name` is in `text`: in the order's language or English, or in any."""
    spoken = languages()
    if order:
        spoken = tuple(each for each in spoken if each.code in ("en", order.language.code))
    return any(language.cues[name].search(text) for language in spoken)


def _outside_subject(reading: Reading, order: Order | None) -> str:
    span = order.subject if order else None
    spoken = reading.spoken
    return f"{spoken[: span.start]} … {spoken[span.end :]}" if span else spoken


def _plain_layout(text: str, reading: Reading, order: Order | None) -> bool:
    """Whether the turn is written as talk: one line, or lines each of which is the user's."""
    if "\n" not in reading.text:
        return True
    if _INDENTED.search(text) or _RULED.search(reading.text):
        return False
    lines = [line.strip() for line in reading.spoken.split("\n") if re.search(r"\w", line)]
    if len(lines) <= 1:
        return True
    if order is None or order.in_clause:
        return False
    begin = reading.spoken.rfind("\n", 0, order.start) + 1
    ordered = reading.spoken[begin:].partition("\n")[0].strip()
    others = [line for line in lines if line != ordered]
    return not _ITEM.match(ordered) and all(_is_talk(line, order) for line in others)


def _is_talk(line: str, order: Order) -> bool:
    if _ITEM.match(line) or _COLON.search(line) or _is_noise(line) or _asks(line, order):
        return False
    if order.language.stems["forget"].search(line) or order.language.stems["erase"].search(line):
        return False
    return len(line.split()) <= 3 or _cue("own", line, order)


def _asks(line: str, order: Order) -> bool:
    """Whether a line asks or sets a task, so that the lines beside it are its material."""
    return (
        line.endswith(("?", "？")) or _cue("question", line, order) or _cue("task", line, order)
    )


def _is_unlabelled(spoken: str) -> bool:
    colon = _COLON.search(spoken)
    return colon is None or _introduced_by_user(spoken[: colon.end()], None)


def _is_led_to(head: str, order: Order) -> bool:
    """Whether what stands before an order in its sentence leads to it in the user's own way."""
    signs = _SIGNS.search(head.strip("*•").replace("-", ""))
    if "--" in head or (signs and " " not in head.strip()):
        return False
    # An order that is no clause begins after nothing but politeness.
    return not order.in_clause or _introduced_by_user(head, order)


def _introduced_by_user(head: str, order: Order | None) -> bool:
    said = _cue("saying", head, order)
    if said and (_DIRECT.search(head) or not re.search(r"[,;，]", head)):
        return False
    if not _COLON.search(head):
        return True
    own = _cue("announce", head, order) or _cue("memory", head, order)
    return own and not (said or _cue("shown", head, order))


def _told_after(spoken: str, order: Order) -> bool:
    """Whether the order ends in "..., said the judge"."""
    tail = spoken.partition(",")[2]
    return len(tail.split()) <= _FEW_WORDS and _cue("saying", tail, order)


def _among_talk(reading: Reading, others: list[Span], order: Order) -> bool:
    """Whether the other sentences are the user's talk, and not a page that the order lies in.

    One of them need not show it, if it is short or names what the order is about.
    """
    pieces = [reading.spoken[each.start : each.end] for each in others]
    if any(_cue("task", piece, order) or _is_noise(piece) for piece in pieces):
        return False
    if order.sentence and any(map(_asks_for_work, pieces)):
        return False
    doubtful = [piece for piece in pieces if MASK not in piece and not _cue("own", piece, order)]
    doubtful = [piece for piece in doubtful if re.search(r"\w", piece)]
    if len(doubtful) > 1:
        return False
    return all(_is_short(piece) or _mentions(piece, reading, order) for piece in doubtful)


def _asks_for_work(piece: str) -> bool:
    """Whether a question names nobody and is no mere interjection: "Can you shorten that?"."""
    words = piece.split()
    named = any(word[:1].isupper() for word in words[1:])
    return piece.endswith("?") and not named and len(words) > _FEW_WORDS - 2


def _is_noise(piece: str) -> bool:
    return not re.search(r"[^\W\d_]", piece.replace(MASK, "x")) and bool(_SIGNS.search(piece))


def _is_short(piece: str) -> bool:
    return len(piece.split()) <= _FEW_WORDS if " " in piece else len(piece) <= _FEW_SIGNS


def _mentions(piece: str, reading: Reading, order: Order) -> bool:
    """Whether `piece` names what the order is about."""
    if order.subject is None:
        return False
    if _points(reading, order):
        return bool(named_things(piece))
    named = _MENTION.findall(reading.text[order.subject.start : order.subject.end].casefold())
    return any(word in piece.casefold() for word in named)


def _points(reading: Reading, order: Order) -> bool:
    """Whether the order is about "her" or "that", so that somebody was named before."""
    return subject_of(reading, order).kind in ("person", "last", "idiom")
