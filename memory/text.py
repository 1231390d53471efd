"""When does a stored text mention a term? Literal matching, made fair to spelling.

Knows case, accents, compatibility forms, invisible characters and spacing. Knows nothing of
homoglyphs, leetspeak or meaning: those are the guard's and the vector store's business.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass

# Scripts written without spaces, or (Hangul) with particles joined to the name: there a word's
# edge cannot be seen, so none is asked for.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]"
)

_BROKEN = "\ufffd"
"""What stands for bytes that are no text."""

_STOPS = " .!?。"
"""What may end a sentence or not, without its saying anything else."""

_LONG = 12
"""UTF-8 bytes of a text that says the same wherever it stands; a shorter one may end any line."""


def normalise(text: str) -> str:
    """Fold case, accents, compatibility forms, invisible characters and runs of white space."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    unseen = {c for c in set(decomposed) if unicodedata.category(c) in {"Mn", "Cf"}}
    kept = decomposed.translate(dict.fromkeys(map(ord, unseen))) if unseen else decomposed
    return " ".join(unicodedata.normalize("NFC", kept).casefold().split())


def storable(text: str) -> str:
    """Replace what UTF-8 cannot hold (lone surrogates) by `?`; everything else stays."""
    return text.encode("utf-8", "replace").decode("utf-8")


@dataclass(frozen=True, slots=True)
class Mentions:
    """A test for any of several terms, as whole words; a plural or genitive `s` may follow.

    Also for whatever was `said`: texts that are a line by themselves, or the end of one, as what
    was ordered stands after the words of the order (`endings`). However many they are, a line is
    looked up among them, not searched for each; and none is found inside of other talk.

    Build it with `Mentions.of`; a term without any visible character is ignored.
    """

    terms: tuple[str, ...]
    pattern: re.Pattern[str] | None
    said: frozenset[str] = frozenset()
    endings: tuple[str, ...] = ()

    @classmethod
    def of(cls, terms: Iterable[str], said: Iterable[str] = ()) -> "Mentions":
        """Compile the terms; of what was said a single short word is ignored: it may be any."""
        folded = tuple(sorted({normalise(term) for term in terms} - {""}, key=len, reverse=True))
        pattern = re.compile("|".join(map(_as_words, folded))) if folded else None
        lines = frozenset(line for line in map(_line, said) if " " in line or _is_long(line))
        return cls(folded, pattern, lines, tuple(map(_as_ending, filter(_is_long, lines))))

    @property
    def empty(self) -> bool:
        """Is there nothing to look for?"""
        return not (self.terms or self.said)

    def in_text(self, text: str) -> bool:
        """Is any term in this text, or is it something that was said?"""
        folded = normalise(text)
        return self._named_in(folded) or self._said_in(folded)

    def _said_in(self, folded: str) -> bool:
        line = folded.rstrip(_STOPS)
        return line in self.said or line.endswith(self.endings)

    def _named_in(self, folded: str) -> bool:
        # Most texts hold none of the letters, and to see that costs a tenth of a pattern.
        if self.pattern is None or not any(term in folded for term in self.terms):
            return False
        return self.pattern.search(folded) is not None

    def may_be_in(self, packed: bytes) -> bool:
        """Can a term be in a text among these bytes? Never False where one is.

        For telling which of many packed records are worth being unpacked: every text in them must
        lie there whole, as UTF-8. Where a line begins and ends is not seen in them.
        """
        if self.said or self.empty:
            return not self.empty
        text = packed.decode("utf-8", "replace").replace(_BROKEN, "\n")
        folded = normalise(text)
        return any(_BROKEN in term or term in folded for term in self.terms)

    def in_value(self, value: object) -> bool:
        """Is any term in any text inside this value: containers, their keys, dataclasses, bytes?"""
        if isinstance(value, str):
            return self.in_text(value)
        if isinstance(value, (bytes, bytearray)):
            return self.in_text(value.decode("utf-8", "replace"))
        parts = _parts(value)
        if parts is None:
            return self.in_text(repr(value))
        return any(map(self.in_value, parts))


def _line(text: str) -> str:
    return normalise(text).rstrip(_STOPS)


def _is_long(line: str) -> bool:
    return len(line.encode("utf-8", "replace")) >= _LONG


def _as_ending(line: str) -> str:
    """A line as it follows other words; normalised, one space parts them."""
    return line if _UNSPACED.match(line) else f" {line}"


def _as_words(term: str) -> str:
    left = "" if _UNSPACED.match(term[0]) else r"(?<!\w)"
    right = "" if _UNSPACED.match(term[-1]) else r"s?(?!\w)"
    return left + re.escape(term) + right


def _parts(value: object) -> Iterable[object] | None:
    """What a value is made of; None where only its `repr` can tell."""
    if isinstance(value, Mapping):
        return (part for pair in value.items() for part in pair)
    if isinstance(value, (list, tuple, set, frozenset)):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return (getattr(value, field.name) for field in fields(value))
    return () if value is None or isinstance(value, (bool, int, float)) else None
