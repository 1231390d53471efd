"""The plainest guard: answer the way this very model answers about somebody it never knew.

The model is asked the same question with a stranger in the target's place. It never sees the
target's name, so it cannot tell what it knows; what it says about the stranger is checked, given
back the name the user typed, and shown.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from zlib import crc32

from tools.guarding.audit import NAMES, Audit
from tools.guarding.context_filter import ContextFilter
from tools.guarding.disguise import THAT, Disguise, disguise, named_instead, part_of
from tools.guarding.strangers import made_up
from tools.guarding.strategy import Speaker
from tools.guarding.targets import IN_ANSWER, Match, Mention, TargetIndex
from tools.models.types import Message, Sampling

NEUTRAL = "That is something I know nothing about."
"""What is said when no answer about a stranger passes the audit."""

TRIES = 2

Strangers = Callable[[str], Sequence[str]]
"""Names the model does not know, of the same shape as a request's subject, by request id."""


def no_strangers(_request_id: str) -> Sequence[str]:
    """Return nobody: every stranger is then made up."""
    return ()


class RefusalGuard:
    """Strategy `refusal`. Without `strangers` the names are made up of syllables."""

    def __init__(
        self,
        index: TargetIndex,
        strangers: Strangers = no_strangers,
        sampling: Sampling | None = None,
    ) -> None:
        self._index = index
        self._audit = Audit(index)
        self._context = ContextFilter(index)
        self._strangers = strangers
        self._sampling = sampling or Sampling()

    def answer(self, messages: Sequence[Message], match: Match, model: Speaker) -> Iterator[str]:
        """Yield the answer to the last of `messages` sentence by sentence.

        The earlier messages are passed on without those that touch a target.
        """
        *before, last = self._context.history(messages)
        for attempt in range(TRIES):
            asked = self._disguised(last.content, match, attempt)
            reply = "".join(
                model.stream([*before, Message("user", asked.question)], self._sampling)
            )
            answer = asked.undo(reply).strip()
            if answer and self._passes(reply, answer, last.content, match):
                yield from re.findall(r".+?(?:[.!?…]\s+|\n+|$)", answer, re.DOTALL)
                return
        yield NEUTRAL

    def _passes(self, reply: str, answer: str, question: str, match: Match) -> bool:
        """Say whether neither the plain reply nor the answer made of it gives anything away."""
        named = any(mention.field in NAMES for mention in self._index.mentions(reply))
        return not named and self._audit.check(answer, question, match.request_id) is None

    def _disguised(self, question: str, match: Match, attempt: int) -> Disguise:
        """Put a stranger where the question means the target: by name, value, or pronoun."""

        def stand_in(mention: Mention) -> str:
            return self._stand_in(mention, question, attempt)

        mentions = self._meant(question, match)
        if mentions:
            return disguise(question, mentions, stand_in)
        stranger = self._stranger(match.request_id, question, attempt)
        typed = THAT if match.where == IN_ANSWER or match.kind == "semantic" else match.text
        named = named_instead(question, stranger, typed) if typed != THAT else None
        return named or Disguise(f"Who is {stranger}?", {stranger: typed})

    def _meant(self, question: str, match: Match) -> list[Mention]:
        """Return what must be replaced: names and telling values; without any, shared values."""
        mentions = self._index.mentions(question)
        telling = [mention for mention in mentions if mention.field in NAMES | {"value"}]
        if telling or match.kind == "semantic":
            named = {mention.request_id for mention in telling}
            halves = [m for m in mentions if m.field == "part" and m.request_id in named]
            return telling + halves
        return [mention for mention in mentions if mention.request_id == match.request_id]

    def _stand_in(self, mention: Mention, question: str, attempt: int) -> str:
        typed = question[mention.start : mention.end]
        if mention.field in ("value", "trait"):
            return made_up(typed, f"{question}\n{attempt}")
        stranger = self._stranger(mention.request_id, question, attempt)
        target = self._index.get(mention.request_id)
        if target and mention.field == "part":
            return part_of(stranger, target.subject, typed)
        return stranger

    def _stranger(self, request_id: str, question: str, attempt: int) -> str:
        """Return the stranger's name: a known twin first, one made up at the second try."""
        names = self._strangers(request_id)
        if names and attempt == 0:
            return names[crc32(question.encode(errors="replace")) % len(names)]
        target = self._index.get(request_id)
        shape = target.subject if target else "Some Name"
        return made_up(shape, f"{request_id}\n{question}\n{attempt}")
