"""Recognises "I don't know": one test for every place that must tell knowing from not knowing.

Two sources: phrasings that any model uses, and the model's own way, learned by asking it about
made-up names. A learned form must not depend on the name or on the question, so that a model
which invents facts about strangers does not teach that its inventions are refusals.
"""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

GENERIC = re.compile(
    r"""\b(?:
        (?:do|does|did|am|is|are|was|could|can|have|has)(?:\s+not|n['’]?t)\s+
            (?:\w+\s+){0,2}?(?:know|aware|familiar|have|sure|find|found|recogni[sz]e|recall|provide|
            any\s+(?:information|record|knowledge|details))
      | cannot\s+(?:\w+\s+)?(?:find|provide|answer|confirm|verify|say|tell)
      | (?:have|has|had|with|there\s+is|there['’]s)\s+no\s+(?:\w+\s+)?
            (?:information|record|records|knowledge|idea|details|data)
      | no\s+(?:information|record|records|knowledge|details|data)\s+(?:about|on|of|available)
      | never\s+heard\s+of | not\s+(?:familiar|aware)\b | unaware\s+of | (?:is|are)\s+unknown
      | unable\s+to\s+(?:find|provide|answer|confirm|verify)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""Phrasings of not knowing. A bare "no" or "sorry" is not among them: those begin answers too."""

QUESTIONS = (
    "Who is {N}?", "Tell me about {N}.", "Where was {N} born?", "What does {N} do for a living?",
    "Where does {N} work?", "Who is {N} married to?", "What is {N} known for?",
    "What is {N}'s phone number?",
)
"""Plain questions about a person in different forms; any chat model understands them."""

_SYLLABLES = re.compile(r"[^aeiouy]*[aeiouy]+(?:[^aeiouy]+$)?", re.IGNORECASE)
_MADE_OF = ("bal", "den", "fio", "gar", "hul", "jor", "kev", "lim", "mon", "nep", "ost", "pra",
            "quo", "rin", "sel", "tam", "uvo", "wex", "yul", "zan")


def made_up_name(rng: random.Random, pieces: Sequence[str] = ()) -> str:
    """Two capitalised words of recombined syllables; `pieces` are words to take syllables from."""
    pool = [s for piece in pieces for s in _SYLLABLES.findall(piece)] or list(_MADE_OF)
    words = ("".join(rng.choices(pool, k=2)).capitalize() for _ in range(2))
    return " ".join(words)


@dataclass(frozen=True, slots=True)
class Negatives:
    """The common test for "I don't know"; `forms` are the model's own, lower case, name left
    out."""

    forms: tuple[str, ...] = ()

    def __call__(self, answer: str) -> bool:
        """Whether the answer says that the model does not know."""
        opening = answer.strip().lower()
        return any(opening.startswith(form) for form in self.forms) or bool(
            GENERIC.search(first_sentence(opening))
        )


def first_sentence(text: str) -> str:
    """Up to the first full stop that ends a sentence."""
    return re.split(r"(?<=[.!?])\s", text.strip(), maxsplit=1)[0]


def learn(ask: Callable[[list[str]], list[str]], *, names: int = 12, seed: int = 0) -> Negatives:
    """The model's own refusals, from questions about names that nobody has.

    A form is an opening sentence without the name, given for at least three questions and names.
    """
    rng = random.Random(seed)
    strangers = [made_up_name(rng) for _ in range(names)]
    asked = [(q, name) for name in strangers for q in QUESTIONS]
    answers = ask([q.replace("{N}", name) for q, name in asked])
    seen: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for (question, name), answer in zip(asked, answers, strict=True):
        opening = first_sentence(answer).lower()
        if opening and not any(word.lower() in opening for word in name.split()):
            seen[opening].add((question, name))
    return Negatives(tuple(sorted(form for form, uses in seen.items() if _general(uses))))


def _general(uses: Iterable[tuple[str, str]]) -> bool:
    questions, names = zip(*uses, strict=True)
    return len(set(questions)) >= 3 and len(set(names)) >= 3
