"""What looking up targets gives: mentions of a phrase, and the match made of them."""

from dataclasses import dataclass
from typing import Literal

from tools.guarding.entries import Field

Kind = Literal["exact", "alias", "fuzzy", "value", "semantic"]
"""How a text touches a target: by its subject, another name, a name with a slip, a value that gives
it away, or by its meaning."""

IN_ANSWER = -1
"""`Match.where` of a match in what the model said: its `text` is not the user's and not shown."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase of a target in a text, at `start:end` of that text.

    `encoded` when the place holds it in base64, hexadecimal or backwards.
    """

    request_id: str
    field: Field
    start: int
    end: int
    encoded: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """The target that a text touches.

    `score` is 0..1 (for `semantic` the cosine); `where` the index of the text among those given,
    `span` the place in it (the whole text for `semantic`), `text` the words there, as typed.
    """

    request_id: str
    kind: Kind
    score: float
    where: int
    span: tuple[int, int]
    text: str
