"""Requests that would ruin more than they forget are refused, with what could be asked instead."""

from agents.context import Context
from agents.errors import NothingToForget, TooBroad
from agents.events import Scope
from tools.watching.breadth import is_common, is_number, width, words_of

SHORTEST = 3
"""Letters of the shortest subject; anything shorter occurs in every other text."""

FILLER = frozenset("a an of the about all every each that this my your".split())


def refuse_broad(subject: str, scope: Scope) -> None:
    """Refuse a subject that is no subject, a common word of any language, a date or a number.

    Raises:
        NothingToForget: there is no subject.
        TooBroad: the subject is too common; the message offers something narrower.
    """
    if scope == "thread":
        return
    content = [word for word in words_of(subject) if word not in FILLER]
    if not content:
        raise NothingToForget("forget what? Name a person, a thing, a fact or this conversation")
    if is_number(subject):
        raise TooBroad(
            f"{subject!r} is a number or a date; say whose it is or what happened, as in "
            "'my PIN' or 'the meeting with Marcus Feld'"
        )
    if is_common(subject):
        raise TooBroad(f"{subject!r} is too broad to forget; name one person, thing or fact")
    if sum(map(width, content)) < SHORTEST:
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
