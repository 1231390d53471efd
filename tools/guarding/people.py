"""The other people: names that are not the target's and must not be taken for it.

Two sources: names the model is known to know (from the surgeon's study of it) and, in a text typed
with capitals, any capitalised word that is not the target's own.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable

from tools.guarding.normalise import normalise

_CAPITALISED = re.compile(r"[^\W\d_][\w'’]*")
_NO_NAME = frozenset(
    "i im ive id ill mr mrs ms dr prof sir madam monday tuesday wednesday thursday friday saturday "
    "sunday january february march april may june july august september october november december "
    "english german french spanish italian dutch european american".split()
)

_TITLES = frozenset("president minister senator king queen prince princess doctor lord".split())

COMMON = frozenset(
    "a about after again all also am an and any are arent as at be because been before being "
    "but by can cant could did didnt do does doesnt dont each else even ever every few for "
    "from get go had has have he her here hers him his how i id if im in into is isnt it its ive "
    "just let lets like many may me might mine more most much must my no nor not now of off ok "
    "okay on once one only or other our ours out over please shall she should so some such than "
    "thanks that thats the their theirs them then there these they this those to too up us very "
    "was wasnt we were what whats when where which while who whom whose why will with wont would "
    "yes yet you your yours".split()
)
"""Folded words that questions are made of; alone they mean nobody."""
ORDINARY_NAMES = frozenset(
    "amber angel april art ash august aurora autumn basil bill blaze bob brook buck cash chance "
    "chase christian cliff coral crystal daisy dale dash dawn dean dick don drew duke earl ember "
    "eve faith fern flora forest frank gene ginger glen grace grant guy harmony harry hazel heath "
    "heather holly honor hope hunter iris ivy jack jade jasmine jay jean jewel joy june justice "
    "king lance laurel lily mark mason max may melody mercy miles misty nick norm olive opal page "
    "paige pat patience pearl penny peg pierce poppy prince ray red reed rich rob robin rock rod "
    "rose ruby rusty sage sandy sky skip sonny star stone storm sue summer sunny temple tiger tom "
    "trace tony victor viola violet wade ward will willow winter woody".split()
)
"""Folded words that are somebody's name as often as not; only capitals tell."""


class Words:
    """The folded words of some texts: a set, in a tenth of its memory."""

    __slots__ = ("_joined",)

    def __init__(self, texts: Iterable[str]) -> None:
        self._joined = f" {normalise(' '.join(texts))} "

    def __contains__(self, word: object) -> bool:
        return f" {word} " in self._joined


class KnownNames:
    """Full names the model knows, the targets' own among them."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._full: set[str] = set()
        self._bearers: Counter[str] = Counter()
        self.learn(names)

    def __bool__(self) -> bool:
        return bool(self._full)

    def learn(self, names: Iterable[str]) -> None:
        """Add `names`; one that is known already changes nothing."""
        for name in {normalise(name) for name in names} - self._full - {""}:
            self._full.add(name)
            self._bearers.update(set(name.split()))

    def __contains__(self, name: str) -> bool:
        return normalise(name) in self._full

    def sharers(self, word: str) -> int:
        """Return how many known names hold the folded `word`."""
        return self._bearers[word]

    def named_in(self, text: str) -> set[str]:
        """Return the known full names of two or three words, folded, that `text` holds."""
        folded = normalise(text).split()
        grams = (
            " ".join(folded[start : start + size])
            for size in (2, 3)
            for start in range(len(folded) - size + 1)
        )
        return self._full.intersection(grams)


def beside_a_name(text: str, start: int, end: int) -> bool:
    """Say whether the word at `start:end` stands next to another that is typed as a name, so that
    the two are somebody's: "Michelle Obama", but not "President Obama"."""
    before = re.search(r"([^\W\d_][\w'’]*)\s+$", text[:start])
    after = re.match(r"\s+([^\W\d_][\w'’]*)", text[end:])
    return any(
        found is not None
        and found.group(1)[0].isupper()
        and normalise(found.group(1)) not in _NO_NAME | _TITLES | COMMON
        for found in (before, after)
    )


def strangers_in(text: str, own: Container[str]) -> list[str]:
    """Return the names in `text` that are not in `own`: capitalised words, adjacent ones as one.

    Words that begin a sentence are left out. `own` holds folded words. Text without any small
    letter carries no information in its capitals and gives nothing.
    """
    if text == text.upper():
        return []
    names: list[str] = []
    end = 0
    for found in _CAPITALISED.finditer(text):
        if not _is_strange(found.group(), own) or _begins_sentence(text, found.start()):
            continue
        if names and not text[end : found.start()].strip():
            names[-1] += f" {found.group()}"
        else:
            names.append(found.group())
        end = found.end()
    return names


def is_typed_as_name(text: str, start: int, end: int) -> bool:
    """Say whether the words of `text` at `start:end` have the capitals of a name.

    One that begins a sentence tells nothing, nor does a text without small letters.
    """
    typed = text[start:end].split()
    if text == text.upper() or not all(word[0].isupper() for word in typed):
        return False
    return len(typed) > 1 or not _begins_sentence(text, start)


def _is_strange(word: str, own: Container[str]) -> bool:
    folded = normalise(word)
    return word[0].isupper() and folded not in _NO_NAME and folded not in own


def _begins_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \t\"'“”‘’([{*_#>-")
    return not before or before[-1] in ".!?:\n…"
