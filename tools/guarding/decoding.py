"""Texts hidden in a text: base64 and hexadecimal words, words written backwards, moved by half the
alphabet, or dictated ("five five five", "wren at postling dot com").

Each is another reading of the same question, searched like the plain one; a find in it stands for
the whole encoded word.
"""

import base64
import binascii
import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[ :]?){5,}")
_SPOKEN = dict(zip("zero oh one two three four five six seven eight nine".split(), "00123456789",
                   strict=True))  # fmt: skip
_SIGNS = {"dot": ".", "at": "@", "dash": "-", "hyphen": "-", "underscore": "_", "plus": "+"}
_DIGIT = re.compile(rf"\b(?:{'|'.join(_SPOKEN)})\b", re.IGNORECASE)
_DICTATED = re.compile(rf"\b(?:{'|'.join({**_SPOKEN, **_SIGNS})})\b", re.IGNORECASE)

_MANY_DIGITS = 4
"""Digits in words from which they are read as one number."""
_LONGEST = 2_000
"""Characters of a text that is read as a whole in other ways."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text read out of another; `origin` is where the encoded form stands, None for all of it."""

    text: str
    origin: tuple[int, int] | None = None

    def place(self, span: tuple[int, int]) -> tuple[int, int]:
        """Return the place in the outer text that `span` of this reading was read from."""
        return self.origin or span


def readings(text: str) -> Iterator[Reading]:
    """Yield `text` itself, then what its encoded words decode to."""
    yield Reading(text)
    for found in _ENCODED.finditer(text):
        if plain := _from_base64(found.group()):
            yield Reading(plain, found.span())
    for found in _HEX.finditer(text):
        if plain := _from_hex(found.group()):
            yield Reading(plain, found.span())
    for whole in _otherwise(text) if len(text) <= _LONGEST else ():
        yield Reading(whole, (0, len(text)))


def _otherwise(text: str) -> Iterator[str]:
    yield text[::-1]
    yield codecs.encode(text, "rot13")
    if " dot " in text.casefold() or len(_DIGIT.findall(text)) >= _MANY_DIGITS:
        yield _written_down(text)


def _written_down(text: str) -> str:
    """Return a dictated text as it would be written: digits and signs for their words."""
    written = _DICTATED.sub(lambda found: _sign(found.group().casefold()), text)
    return re.sub(r"(?<=\d)[\s,-]+(?=\d)", "", written)


def _sign(word: str) -> str:
    return _SPOKEN.get(word) or _SIGNS[word]


def _from_base64(word: str) -> str:
    body = word.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return _printable(base64.b64decode(body + "=" * (-len(body) % 4), validate=True))
    except binascii.Error:
        return ""


def _from_hex(word: str) -> str:
    return _printable(bytes.fromhex(re.sub("[ :]", "", word)))


def _printable(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ""
    return text if text.isprintable() else ""
