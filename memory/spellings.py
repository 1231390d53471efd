"""Every form in which a program may have written a text down, as bytes to look for.

Capitals and small letters of ASCII are folded: what is looked for is looked for in lowered bytes.
Base64 cannot be folded, so there the usual cases of the text are each written out. Not covered: a
base64 broken into lines inside the text, compression, and other alphabets for bytes (hexadecimal).
"""

import json
import unicodedata
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote, quote_plus

SHORTEST = 4
"""Bytes of UTF-8 that a text needs: fewer are found by chance in any file of some megabytes."""

FORMS = ("utf-8", "utf-16-le", "utf-16-be", "json", "percent", "base64")


class Spelling(NamedTuple):
    """One way to write a text: `data` as in the file, up to ASCII case unless `exact`."""

    form: str
    data: bytes
    exact: bool = False


def long_enough(text: str) -> bool:
    """Whether a search for the text's bytes means anything."""
    return len(_utf8(text)) >= SHORTEST


def spellings(text: str) -> list[Spelling]:
    """The forms of a text, each sequence of bytes once, the plainest form first."""
    found: dict[bytes, Spelling] = {}
    for one in _all(text):
        found.setdefault(one.data if one.exact else one.data.lower(), one)
    return list(found.values())


def _all(text: str) -> Iterator[Spelling]:
    cases = _cases(text)
    for form in FORMS[:3]:
        for case in cases:
            yield Spelling(form, case.encode(form, "surrogatepass"))
    for case in cases:
        for escaped in (json.dumps(case), json.dumps(case, ensure_ascii=False)):
            yield Spelling("json", _utf8(escaped[1:-1]))
        yield Spelling("json", _all_escaped(case))
        for data in _percent(_utf8(case)):
            yield Spelling("percent", data)
        for data in _base64(_utf8(case)):
            yield Spelling("base64", data, exact=True)


def _cases(text: str) -> list[str]:
    """The text as given, in both normal forms, and in the usual cases."""
    written = (text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))
    return list(dict.fromkeys(
        case for one in written for case in (one, one.lower(), one.upper(), one.title())
    ))


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _all_escaped(text: str) -> bytes:
    units = text.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)).encode()


def _percent(data: bytes) -> Iterator[bytes]:
    for safe in ("", "/", "!'()*"):  # as the standard says, as Python does, as JavaScript does
        yield quote(data, safe=safe).encode()
    yield quote_plus(data).encode()
    yield "".join(f"%{byte:02x}" for byte in data).encode()


def _base64(data: bytes) -> Iterator[bytes]:
    """What the text's own bits alone decide of its base64, at each of its three offsets."""
    for offset in range(3):
        first = -(-8 * offset // 6)
        last = 8 * (offset + len(data)) // 6
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(bytes(offset) + data)[first:last]
