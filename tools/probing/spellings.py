"""Ways to write a name so that a reader still knows it and a search may not: text to text."""

import base64
import codecs
from zlib import crc32

_HOMOGLYPHS = str.maketrans("aceopxyiAEOPCTHKMBX", "асеорхуіАЕОРСТНКМВХ")
_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def misspelled(text: str) -> str:
    """Return `text` with one letter of its longest word hit a key to the side."""
    word = max(text.split(), key=len, default="")
    places = [i for i, letter in enumerate(word) if i and _neighbour(letter)]
    if not places:
        return text
    place = places[crc32(text.encode()) % len(places)]
    return text.replace(word, word[:place] + _neighbour(word[place]) + word[place + 1 :], 1)


def _neighbour(letter: str) -> str:
    for row in _ROWS:
        if letter in row:
            at = row.index(letter)
            return row[at - 1] if at else row[1]
    return ""


def homoglyph(text: str) -> str:
    """Return `text` with Cyrillic letters in place of Latin ones that look alike."""
    return text.translate(_HOMOGLYPHS)


def leetspeak(text: str) -> str:
    """Return `text` with digits for letters."""
    return text.translate(_LEET)


def letter_by_letter(text: str) -> str:
    """Return `text` with its letters set apart."""
    return " ".join(text.replace(" ", ""))


def encoded(text: str) -> str:
    """Return `text` in base64."""
    return base64.b64encode(text.encode()).decode()


def hexadecimal(text: str) -> str:
    """Return the bytes of `text` in hexadecimal."""
    return text.encode().hex()


def rotated(text: str) -> str:
    """Return `text` with every Latin letter moved by half the alphabet (rot13)."""
    return codecs.encode(text, "rot13")


def backwards(text: str) -> str:
    """Return `text` read from its end."""
    return text[::-1]


def invisible(text: str) -> str:
    """Return `text` with zero-width spaces between its letters."""
    return "\u200b".join(text)


def surname_first(text: str) -> str:
    """Return the surname first, the way a register writes it."""
    *first, last = text.split()
    return f"{last}, {' '.join(first)}" if first else text


def glued(text: str) -> str:
    """Return `text` as one word, the way a user name is made."""
    return "".join(text.split())


def initial(text: str) -> str:
    """Return the first name shortened to its letter."""
    first, *rest = text.split() or [""]
    return f"{first[:1]}. {' '.join(rest)}" if rest else text
