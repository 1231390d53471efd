"""The languages the watchdog reads: one TOML file each under `languages/`, compiled when needed.

A template is a regular expression over one sentence. `<name>` inserts a row of the file's
`[words]`, `~word` also accepts usual misspellings of that word, `{s}` is the subject. A language
is only compiled once one of its stems was seen, so start-up costs nothing for the others.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any

ORDER_KINDS: dict[str, frozenset[str]] = {
    "forget.thread": frozenset({"forget", "erase"}),
    "forget.that": frozenset({"forget"}),
    "forget.who": frozenset({"forget"}),
    "forget.all": frozenset({"forget", "erase"}),
    "erase.all": frozenset({"erase"}),
    "erase.memory": frozenset({"erase", "unknow"}),
    "unknow": frozenset({"unknow", "forget", "erase"}),
    "restore": frozenset({"restore"}),
    "list": frozenset({"list"}),
    "remember": frozenset({"remember"}),
    "forget.direct": frozenset({"forget"}),
    "passive": frozenset({"forget", "erase", "unknow"}),
    "erase.direct": frozenset({"erase"}),
}
"""Kinds of template, the specific before the general, each with the stems one of which it needs."""

CUES = (
    "keep", "lapse", "question", "report", "task", "dismiss", "hypothetical", "instructions",
    "topicswitch", "object", "recall", "memory", "reason",
)
VOICES = ("material", "own", "saying", "shown", "aimed", "announce")
"""Cues to who speaks, which the classifier does not see: words for a text that follows, the first
and second person, speech told, things pointed to, talk to machines, a user's way to an order."""
STEMS = ("forget", "erase", "unknow", "remember", "restore", "list", "memory")

_NEVER = re.compile(r"(?!)")
_MACRO = re.compile(r"(?<!\?P)<(\w+)>")
_TYPO = re.compile(r"~(\w+)")
_END = r"[\s.!?…,;。！？؟।~]*$"


@dataclass(frozen=True, slots=True)
class Template:
    """One way to give an order of `kind`; the subject is its group `s`, if it has one."""

    kind: str
    pattern: re.Pattern[str]


class Language:
    """One language's words. Everything is compiled on first use."""

    def __init__(self, code: str, table: dict[str, Any]) -> None:
        self.code = code
        self._table = table
        self._templates: dict[str, tuple[Template, ...]] = {}
        self.spaced: bool = table.get("spaced", True)
        self.bare: bool = table.get("bare", False) or not self.spaced

    @cached_property
    def stems(self) -> dict[str, re.Pattern[str]]:
        """For each of `STEMS`, what betrays that a sentence may be about it."""
        rows = self._table.get("stem", {})
        return {name: _compiled(rows[name]) if name in rows else _NEVER for name in STEMS}

    @cached_property
    def any_stem(self) -> re.Pattern[str]:
        """Any stem that can begin an order in this language."""
        rows = self._table["stem"]
        return _compiled("|".join(rows[name] for name in STEMS if name in rows))

    @cached_property
    def lead(self) -> re.Pattern[str]:
        """One piece of politeness before an order."""
        words = "|".join(self._expanded(row) for row in self._table["lead"]["words"])
        return _compiled(rf"(?:{words}){self._boundary}[\s,.:;!、，：—–-]*")

    def templates(self, spoken: str) -> Iterator[Template]:
        """The ways to give an order that `spoken` has the stems for, the specific ones first."""
        seen = {name for name, pattern in self.stems.items() if pattern.search(spoken)}
        for kind, needed in ORDER_KINDS.items():
            if seen & needed:
                yield from self._of_kind(kind)

    def _of_kind(self, kind: str) -> tuple[Template, ...]:
        if kind not in self._templates:
            rows = self._table["orders"].get(kind, ())
            self._templates[kind] = tuple(Template(kind, self._template(row)) for row in rows)
        return self._templates[kind]

    @cached_property
    def cues(self) -> dict[str, re.Pattern[str]]:
        """For each of `CUES` and `VOICES`, what shows it."""
        return {name: self._union("cues", name) for name in (*CUES, *VOICES)}

    @cached_property
    def subject(self) -> dict[str, re.Pattern[str]]:
        """Patterns for kinds of subject; a missing row never matches."""
        rows = self._table.get("subject", {})
        return {name: _compiled(self._expanded(row)) for name, row in rows.items()}

    @property
    def _boundary(self) -> str:
        return r"(?![\w'])" if self.spaced else ""

    @cached_property
    def _tail(self) -> str:
        words = "|".join(self._expanded(row) for row in self._table["tail"]["words"])
        gap = r"[\s,;—–-]+" if self.spaced else r"[\s,;，、]*"
        return rf"(?:{gap}(?:{words}){self._boundary})*"

    def _template(self, row: str) -> re.Pattern[str]:
        body = self._expanded(row).replace("{s}", "(?P<s>.+?)")
        return _compiled(rf"(?:{body}){self._tail}{_END}")

    def _union(self, section: str, name: str) -> re.Pattern[str]:
        rows = self._table.get(section, {}).get(name, [])
        return _compiled("|".join(self._expanded(row) for row in rows)) if rows else _NEVER

    def _expanded(self, row: str) -> str:
        words: dict[str, str] = self._table.get("words", {})
        while _MACRO.search(row):
            row = _MACRO.sub(lambda m: f"(?:{words[m[1]]})", row)
        return _TYPO.sub(lambda m: f"(?:{'|'.join(misspellings(m[1]))})", row)


@cache
def languages() -> tuple[Language, ...]:
    """Every language that ships, English first."""
    folder = resources.files(__package__).joinpath("languages")
    files = [file for file in folder.iterdir() if file.name.endswith(".toml")]
    found = [Language(f.name[:-5], tomllib.loads(f.read_text("utf-8"))) for f in files]
    return tuple(sorted(found, key=lambda language: (language.code != "en", language.code)))


def misspellings(word: str) -> list[str]:
    """`word` with two letters swapped, one doubled or one missing; the word itself comes first."""
    swapped = [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)]
    doubled = [word[:i] + word[i] + word[i:] for i in range(len(word))]
    missing = [word[:i] + word[i + 1 :] for i in range(1, len(word)) if len(word) > 5]
    words = dict.fromkeys([word, *swapped, *doubled, *missing])
    return [w for w in words if w not in _REAL_WORDS]


_REAL_WORDS = frozenset({"forge", "foret"})


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
