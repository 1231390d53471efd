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

    @property
    def able(self) -> bool:
        """Whether the model judges the known cases rightly; the first use asks it."""
        if self._able is None:
            self._able = all(
                self._judged(case.subject, case.facts, case.question) is case.about_it
                for case in CASES
            )
        return self._able

    @property
    def unfit(self) -> bool:
        """Whether it was tried and failed, so that nothing needs to be put before it."""
        return self._able is False

    def __call__(self, subject: str, facts: str, question: str) -> bool:
        """Say whether `question` is about `subject`; a model that is not able says no."""
        return self.able and self._judged(subject, facts, question) is True

    def _judged(self, subject: str, facts: str, question: str) -> bool | None:
        text = self._render("judge", subject=subject, facts=facts, question=question)
        try:
            said = ask_json(self._model, [Message("user", text)], ABOUT, SHORT, tries=TRIES)
        except (BadReply, TurnTooLong):
            return None
        return bool(said["about_it"])

