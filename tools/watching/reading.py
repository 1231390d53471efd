"""What the user said in their own voice: a bounded, cleaned turn with everything quoted masked.

Quotations, code, pasted lines and the material of a task ("translate: ...") keep their place but
lose their letters, so an order inside them can never match, while `forget "Marcus Feld"` still
shows where its subject stands. Knows no language beyond the task words the lexicon gives it.
"""

import re
import unicodedata
from dataclasses import dataclass

WINDOW = 2000
"""Characters kept at each end of a turn: reading takes bounded time however long it is."""

ORDER_LENGTH = 600
"""Characters: a longer turn is a document or a story, never a short order."""

MASK = "\ue000"

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff\ue000]")
_BLANKS = re.compile(r"[^\S\n]+")
_FENCE = re.compile(
    r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|\{.*\}|<(?:!--|[/!?|]?[a-z_]).*>"
    r"|\[(\w+)[^\]\n]*\].*?(?:\[/\1\]|\Z)|``[^`]+''",
    re.DOTALL | re.IGNORECASE,
)
"""Fences, braces, everything between the first tag and the last, bracketed blocks."""
_INLINE = re.compile(r"/\*[^\n]*?\*/|`[^`\n]+`|^ *(?:>|»|\||#|//|--|\$ )[^\n]*$", re.MULTILINE)
_QUOTES = re.compile(
    r"\"[^\"]+\"|“[^”]+”|„[^“”]+[“”]|”[^”]+”|«[^»]+»|»[^«]+«|「[^」]+」|『[^』]+』|‹[^›]+›"
    r"|＂[^＂]+＂|❝[^❞]+❞|‚[^‘]+‘|‘(?:[^'\n]|(?<=\w)'(?=\w))+'"
    r"|(?<![\w'])'[^'\n]{2,}'(?!\w)|[\"“„«「『‹❝＂][^\"”»」』›]*\Z"
)
"""Quotations; one that is never closed goes on to the end."""
_STRAIGHT = re.compile(r"\"[^\"]+\"")
_NESTED = re.compile(r"\"\s|[\s\\]\"$")
"""A pair of straight quotes that closes where one would open: it holds another."""
_END = re.compile(r"[.!?…]+(?=[\s\"'”»)]|$)|[。！？\n]+|;(?=\s)")
_ABBREVIATION = re.compile(
    r"(?:^|\W)(?:mr|mrs|ms|dr|st|prof|no|nr|vs|jr|sr|e\.g|i\.e|\w)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the turn: `start` and `end` are offsets into `Reading.text`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """One turn. `spoken` is as long as `text`, with `MASK` for what is not the user's own voice."""

    text: str
    spoken: str
    quoted: bool
    code: bool
    length: int

    @property
    def too_long(self) -> bool:
        """Whether the turn is too long to be an order."""
        return self.length > ORDER_LENGTH


def read(text: str) -> Reading:
    """Cleans and masks `text`; never raises, whatever the text holds."""
    clean = clean_text(text)
    spoken = _masked(_INLINE, _masked(_FENCE, clean))
    code = spoken != clean
    unquoted = _masked(_QUOTES, _without_nested(spoken), keep=1)
    return Reading(clean, unquoted, unquoted != spoken, code, len(text))


def _without_nested(spoken: str) -> str:
    """Masks from the first straight quote to the last, if any two of them are ill-paired."""
    if not any(_NESTED.search(pair[0]) for pair in _STRAIGHT.finditer(spoken)):
        return spoken
    first, last = spoken.index('"'), spoken.rindex('"') + 1
    return spoken[:first] + _covered(spoken[first:last], 1) + spoken[last:]


def mask_from(reading: Reading, start: int) -> Reading:
    """The same turn with everything from `start` on taken as somebody else's words."""
    spoken = reading.spoken[:start] + MASK * (len(reading.spoken) - start)
    return Reading(reading.text, spoken, True, reading.code, reading.length)


def clean_text(text: str) -> str:
    """At most two windows of `text`, composed (NFC), without control characters or lone surrogates.

    Runs of blanks become one space; line ends stay.
    """
    if len(text) > 2 * WINDOW:
        text = f"{text[:WINDOW]}\n{text[-WINDOW:]}"
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\r", "\n")
    text = unicodedata.normalize("NFC", _CONTROL.sub(" ", text)).replace("’", "'").replace("ʼ", "'")
    return _BLANKS.sub(" ", text).strip()


def sentences(spoken: str) -> list[Span]:
    """The sentences of a masked turn, without their blanks at either end."""
    spans, start = [], 0
    for end in _END.finditer(spoken):
        if end[0] == "." and _ABBREVIATION.search(spoken[start : end.start()]):
            continue
        spans.append(_trimmed(spoken, start, end.end()))
        start = end.end()
    spans.append(_trimmed(spoken, start, len(spoken)))
    return [span for span in spans if span.end > span.start]


def _trimmed(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return Span(start + left, start + len(piece.rstrip())) if piece.strip() else Span(start, start)


def _masked(pattern: re.Pattern[str], text: str, keep: int = 0) -> str:
    """Replaces what `pattern` finds by masks, but for `keep` characters at either end."""
    return pattern.sub(lambda m: _covered(m[0], keep), text)


def _covered(piece: str, keep: int) -> str:
    inner = re.sub(r"[^\n]", MASK, piece[keep : len(piece) - keep])
    return piece[:keep] + inner + piece[len(piece) - keep :] if keep else inner
