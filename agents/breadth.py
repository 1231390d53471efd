"""Requests that would ruin more than they forget are refused, with what could be asked instead."""

from agents.context import Context
from agents.errors import NothingToForget, TooBroad
from agents.events import Scope

SHORTEST = 3
"""Letters of the shortest subject; anything shorter occurs in every other text."""

EVERYTHING = frozenset(
    "all anybody anyone anything english everybody everyone everything he her him it language me "
    "nothing people person she somebody someone something that the them they things this us we "
    "what who you yourself".split()
)
FILLER = frozenset("a an of the about all every each that this my your".split())


def refuse_broad(subject: str, scope: Scope) -> None:
    """Refuse a subject that is no subject or a common word.

    Raises:
        NothingToForget: there is no subject.
        TooBroad: the subject is too common; the message offers something narrower.
    """
    if scope == "thread":
        return
    words = [word.strip(".,!?'\"").casefold() for word in subject.split()]
    content = [word for word in words if word and word not in FILLER]
    if not content:
        raise NothingToForget("forget what? Name a person, a thing, a fact or this conversation")
    if all(word in EVERYTHING for word in content):
        raise TooBroad(f"{subject!r} is too broad to forget; name one person, thing or fact")
    if sum(map(len, content)) < SHORTEST:
        raise TooBroad(f"{subject!r} is too short to forget safely; give the full name")


def refuse_common(subject: str, context: Context) -> None:
    """Refuse what a large share of the patient's own talk is about.

    Raises:
        TooBroad: the message says how large.
    """
    share = context.locator.share(subject) if context.locator else 0.0
    if share > context.limits.breadth:
        raise TooBroad(
            f"{subject!r} touches {share:.0%} of what the model says; name one narrower thing"
        )
