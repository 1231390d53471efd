"""Names and wordings inside plain text: spans, mentions, and the careless ways a question is
typed."""

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_](?:[\w\-’']*[^\W_])?")
_POSSESSIVE = re.compile(r"['’]s$")
SLOT = "{N}"
VALUE_SLOT = "{V}"


def fill(template: str, subject: str) -> str:
    """The template asked about `subject`."""
    return template.replace(SLOT, subject)


def careless(question: str) -> str:
    """The question as typed in a hurry: lower case, no mark at the end."""
    return question.lower().rstrip("?.! ")


def mentions(text: str, names: Iterable[str]) -> bool:
    """Whether one of the names occurs in the text as whole words, without regard to case."""
    low = text.lower()
    return any(name.lower() in low and _whole(name, low) for name in names)


def _whole(name: str, low: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name.lower())}(?!\w)", low) is not None


def capitalised_spans(text: str) -> list[str]:
    """Runs of capitalised words, longest first; the first word of a sentence alone is none.

    A run is also given without its first words: "Does Ada Byron" holds "Ada Byron".
    """
    spans: dict[str, None] = {}
    for run in _runs(text):
        for start in range(len(run)):
            if run[start:] and not (start == 0 and len(run) == 1 and run[0][1]):
                spans[" ".join(word for word, _first in run[start:])] = None
    return sorted(spans, key=lambda span: (-len(span.split()), -len(span)))


def _runs(text: str) -> list[list[tuple[str, bool]]]:
    """Neighbouring capitalised words, each with whether it begins a sentence."""
    runs: list[list[tuple[str, bool]]] = [[]]
    end = 0
    for match in _WORD.finditer(text):
        gap, word = text[end:match.start()], match.group()
        first = not text[:match.start()].strip() or gap.strip()[-1:] in {".", "!", "?"}
        if not word[0].isupper() or gap.strip():
            runs.append([])
        if word[0].isupper():
            bare = _POSSESSIVE.sub("", word)
            runs[-1].append((bare, first))
            if bare != word:
                runs.append([])
        end = match.end()
    return [run for run in runs if run]


def shared_subject(question: str, answer: str) -> str | None:
    """What both are about: the longest capitalised span of the question that the answer names
    too."""
    for span in capitalised_spans(question):
        if _whole(span, answer.lower()) and span in answer:
            return span
    return None


def template_of(question: str, subject: str) -> str | None:
    """The question with its subject left out, None unless it occurs exactly once."""
    template = re.sub(rf"(?<!\w){re.escape(subject)}(?!\w)", SLOT, question)
    return template if template.count(SLOT) == 1 and SLOT not in question else None
