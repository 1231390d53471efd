"""Texts hidden in a text: base64 and hexadecimal words, and words written backwards.

Each is another reading of the same question, searched like the plain one; a find in it stands for
the whole encoded word.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[ :]?){5,}")


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
    if len(text) <= 2_000:
        yield Reading(text[::-1], (0, len(text)))


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
