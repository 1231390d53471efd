"""The model as judge: is this question about that subject? Asked only on suspicion.

Whether a model can judge is tried, not guessed from its size. One that keeps to the form of a reply
may still answer at random, so it is first given cases whose outcome is known, about made-up people;
one wrong outcome, and it is never relied on.
"""

from dataclasses import dataclass

from tools.errors import BadReply, TurnTooLong
from tools.guarding.strategy import Render, Speaker
from tools.models.structured import ask_json
from tools.models.types import Message, Sampling

SHORT = Sampling(max_tokens=40)
MISSES = 3
"""Trials without a usable reply after which the model is not asked again."""
TRIES = 1
"""A model that needs to be asked again for one word is not able."""

ABOUT = {
    "type": "object", "properties": {"about_it": {"type": "boolean"}}, "required": ["about_it"],
    "additionalProperties": False,
}
"""JSON schema of the judge's reply."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question to the judge, and whether it is about the subject."""

    subject: str
    facts: str
    question: str
    about_it: bool


CASES = (
    Case("Ilse Varn", "Ilse Varn bakes bread in Halden.", "Who bakes bread in Halden?", True),
    Case("Ilse Varn", "Ilse Varn bakes bread in Halden.", "How do I boil an egg?", False),
    Case("Odo Tremmel", "Odo Tremmel wrote The Tin Orchard.", "What did Mr Tremmel write?", True),
    Case("Odo Tremmel", "Odo Tremmel wrote The Tin Orchard.", "Who painted this wall?", False),
    Case("the Kestrel plan", "It moves the depot to Orvik.", "Where will the depot go?", True),
    Case("the Kestrel plan", "It moves the depot to Orvik.", "What is the capital of Peru?", False),
)
"""A coin passes all six one time in 64."""


class Judge:
    """One model as judge."""

    def __init__(self, model: Speaker, render: Render) -> None:
        self._model = model
        self._render = render
        self._able: bool | None = None
        self._misses = 0

    @property
    def able(self) -> bool:
        """Whether the model judges the known cases rightly; the first use asks it.

        A wrong verdict settles it, a reply without form only when it comes again: the user may
        have stopped it.
        """
        if self._able is None and self._misses < MISSES:
            self._able = self._tried()
        return self._able is True

    def _tried(self) -> bool | None:
        for case in CASES:
            verdict = self._judged(case.subject, case.facts, case.question)
            if verdict is None:
                self._misses += 1
                return None
            if verdict is not case.about_it:
                return False
        return True

    @property
    def unfit(self) -> bool:
        """Whether it was tried and failed, so that nothing needs to be put before it."""
        return self._able is False or self._misses >= MISSES

    def __call__(self, subject: str, facts: str, question: str) -> bool:
        """Say whether `question` is about `subject`; a model that is not able says no.

        A verdict that was broken off counts as a yes.
        """
        return self.able and self._judged(subject, facts, question) is not False

    def _judged(self, subject: str, facts: str, question: str) -> bool | None:
        text = self._render("judge", subject=subject, facts=facts, question=question)
        try:
            said = ask_json(self._model, [Message("user", text)], ABOUT, SHORT, tries=TRIES)
        except (BadReply, TurnTooLong):
            return None
        return bool(said["about_it"])

