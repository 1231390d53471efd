"""What the surgeon found about a subject, and the questions that test whether it is gone.

Plain data: every field survives `dataclasses.asdict` and JSON. Nothing here knows the model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Findings:
    """What the model itself says about a subject; all of it came out of the model.

    `facts` are whole answers, `values` the parts of them that the model says of nobody else,
    `aliases` other spellings that lead it to the same subject, `leads` questions whose answer names
    the subject, `neighbours` what lies closest and must survive, `twins` names of the same shape
    that the model does not know. `known` is False when the model knows nothing; then all are empty.
    """

    subject: str
    known: bool
    facts: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    leads: list[str] = field(default_factory=list)
    neighbours: list[str] = field(default_factory=list)
    twins: list[str] = field(default_factory=list)

    @classmethod
    def from_mapping(cls, row: Mapping[str, Any]) -> "Findings":
        """The findings that `dataclasses.asdict` wrote."""
        return cls(**row)


@dataclass(frozen=True, slots=True)
class Probe:
    """One question that the edit never saw.

    `prefix` is put into the model's mouth before it goes on ("" for a free answer); the answer that
    comes back then begins with it. An answer leaks when it reveals one of `values`. `stranger`
    marks the same question about somebody the model never knew: such probes give the chance level
    and are not leaks. Of kind "neighbour" are questions about others: there `values` hold the
    answer given before the edit, which is the one wanted after it.
    """

    kind: str
    wording: str
    values: tuple[str, ...]
    subject: str
    prefix: str = ""
    stranger: bool = False
