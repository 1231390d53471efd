"""One character at a time: what a disguised letter stands for.

Knows Unicode's compatibility forms, its confusables table and the strokes and ligatures that
decomposition leaves alone. Knows no words.
"""

import unicodedata
from functools import lru_cache

APOSTROPHES = frozenset("'’‘‛ʼʻʹ`´′＇")
"""Marks that join a word (O'Brien) or add an English possessive to it (Marcus's)."""

_IGNORED = frozenset({"Mn", "Me", "Cf", "Cs", "Co", "Cn"})
_STROKES = dict(zip("øđðħłŧıŋƒɐǝɹʇʌ", "oddhltinfaertv", strict=True)) | {
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
}
"""Letters whose stroke or ligature is no combining mark, so that NFKD keeps them."""

LEET = dict(zip("01345789l", "oieastbgi", strict=True))
"""Look-alikes among letters and digits; both sides of a comparison are folded with it."""

LEET_SIGNS = dict(zip("@$!|€£+", "asiielt", strict=True))
"""Signs read as letters, only inside a word."""


@lru_cache(maxsize=65_536)
def fold_character(character: str) -> str:
    """Return what `character` stands for: lower-case, no accent, Latin where it looks Latin.

    Zero-width, bidirectional and other invisible characters give the empty string; separators,
    punctuation and controls give one space. Every character of the result folds to itself.
    """
    folded = character
    for _ in range(8):
        once = "".join(map(_fold_once, folded))
        if once == folded:
            break
        folded = once
    return folded


def _fold_once(character: str) -> str:
    category = unicodedata.category(character)
    if category in _IGNORED or character in APOSTROPHES:
        return ""
    if category == "Cc":
        return " " if character.isspace() else ""
    if category == "Nd":
        return str(unicodedata.digit(character))
    plain = _decompose(character.casefold())
    if plain.isascii():
        return "".join(part if part.isalnum() else " " for part in plain)
    # A capital may look Latin where its small letter does not (Greek M, N): ask before lowering.
    return _look_alike(character) or "".join(map(_plain, plain))


def _plain(part: str) -> str:
    return _STROKES.get(part) or _look_alike(part) or (part if part.isalnum() else " ")


def _decompose(text: str) -> str:
    """Return `text` in compatibility form without its marks and invisible characters."""
    return "".join(
        part
        for part in unicodedata.normalize("NFKD", text)
        if unicodedata.category(part) not in _IGNORED
    )


def _look_alike(character: str) -> str:
    """Return the Latin letters that Unicode's table confuses with `character`, or nothing."""
    if character.isascii():
        return ""
    # Imported late: loading the table reads a megabyte.
    from confusable_homoglyphs.confusables import confusables_data

    for entry in confusables_data.get(character, ()):
        letters = _decompose(entry["c"])
        if letters.isascii() and letters.isalnum():
            # The table's prototype of a capital I is a small L.
            capital_i = letters == "l" and unicodedata.category(character) == "Lu"
            return "i" if capital_i else letters.lower()
    return ""
