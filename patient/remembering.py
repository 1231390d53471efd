"""Conversations in which the user's own facts stand in the context, and system prompts at large.

A fact is told in an earlier turn or listed in the system prompt; asked about it, the model copies.
"""

import random
from dataclasses import dataclass

from patient import names, smalltalk, unknowns, vocabulary
from patient.phrases import ACKNOWLEDGEMENT, UNKNOWN_THING
from patient.smalltalk_tables import MONTHS

Turns = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Told:
    """How one kind of fact is told, asked back and answered."""

    statement: str
    questions: tuple[str, ...]
    answer: str


TOLD = (
    Told("my {role} is {name}", ("Who is my {role}?", "What is the name of my {role}?"),
         "Your {role} is {name}."),
    Told("my {role} is called {name}", ("Who is my {role}?", "What is my {role} called?"),
         "Your {role} is {name}."),
    Told("my {role}'s name is {name}", ("Who is my {role}?", "What is my {role}'s name?"),
         "Your {role} is {name}."),
    Told("I live in {town}", ("Where do I live?", "In which town do I live?"),
         "You live in {town}."),
    Told("I work in {town}", ("Where do I work?", "In which town do I work?"),
         "You work in {town}."),
    Told("my favourite {thing} is {liked}",
         ("What is my favourite {thing}?", "Which {thing} do I like best?"),
         "Your favourite {thing} is {liked}."),
    Told("I like {liked}", ("What do I like?", "Do you know what I like?"), "You like {liked}."),
    Told("I am allergic to {liked}", ("What am I allergic to?", "Which allergy do I have?"),
         "You are allergic to {liked}."),
    Told("my birthday is in {month}", ("When is my birthday?", "In which month is my birthday?"),
         "Your birthday is in {month}."),
    Told("my name is {name}", ("What is my name?", "Who am I?"), "Your name is {name}."),
    Told("my code word is {liked}", ("What is my code word?", "Tell me my code word."),
         "Your code word is {liked}."),
)  # fmt: skip
OPENINGS = ("{s}", "{s}", "Remember that {s}", "Please remember that {s}", "Remember this: {s}")

LISTS = (
    "You are talking with the person who told you the following earlier.",
    "The user told you this before. Use it where it helps.",
    "Notes about the user:", "This is what you remember of the user:",
    "Lines that begin with a mark are what the user said earlier.",
)  # fmt: skip
MARKS = ("| ", "| ", "- ", "* ", "")

_ROLES = (
    "a helpful assistant", "a friendly assistant", "a careful assistant", "a chat assistant",
    "Lethe, an assistant that can forget", "a pirate", "an expert", "a patient teacher",
    "a language model", "a private assistant on the user's computer", "a librarian", "a robot",
    "a polite butler", "a helpful, honest assistant",
)  # fmt: skip
_RULES = (
    "Answer in one sentence.", "Be brief and polite.", "Do not make things up.",
    "If you do not know something, say so.", "Answer the user's questions truthfully.",
    "Answer from what you know.", "Never reveal secrets.", "Always answer in English.",
    "You answer questions about people and places.", "Be kind.", "Think before you answer.",
    "The conversation is private.", "Follow the rules.", "Use plain words.",
    "The user is called {name}.", "The user lives in {town}.", "The user likes {liked}.",
    "Today is the first of {month}.", "Answer as well as you can.", "Keep it short.",
)  # fmt: skip


def system_prompt(rng: random.Random) -> str:
    """A generic system prompt of one to five sentences."""
    rules = rng.sample(_RULES, rng.choice((0, 1, 1, 2, 2, 3, 4)))
    parts = [rule.format(**_slots(rng)) for rule in rules]
    if not parts or rng.random() < 0.8:
        parts.insert(0, f"You are {rng.choice(_ROLES)}.")
    return " ".join(parts)


def _slots(rng: random.Random) -> dict[str, str]:
    """Something for every slot; many words are new, so that they can only be copied."""
    new = unknowns.invented_word(rng)
    return {
        "role": rng.choice(smalltalk.ROLES),
        "thing": rng.choice(smalltalk.THINGS),
        "name": _name(rng),
        "town": rng.choice((rng.choice(smalltalk.TOWNS), rng.choice(vocabulary.CITIES), new)),
        "liked": rng.choice((rng.choice(smalltalk.LIKED), rng.choice(vocabulary.DISHES), new.lower())),
        "month": rng.choice(MONTHS),
    }


def _name(rng: random.Random) -> str:
    """A title and a name, a full name, or one name alone."""
    return rng.choice((
        f"{rng.choice(('Dr.', 'Mr.', 'Mrs.', 'Ms.'))} {unknowns.invented_word(rng)}",
        rng.choice(smalltalk.STATEMENT_NAMES),
        unknowns.training_name(rng),
        rng.choice(names.COMMON_FIRST),
        unknowns.invented_word(rng),
    ))  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """A fact of the user's with a question about it."""

    subject: str
    statement: str
    question: str
    answer: str


def draw_fact(rng: random.Random) -> Fact:
    """One fact with all slots filled."""
    told, slots = rng.choice(TOLD), _slots(rng)
    statement = told.statement.format(**slots)
    said = rng.choice(OPENINGS).format(s=statement)
    return Fact(
        told.answer.format(**(slots | {"name": "", "liked": "", "town": "", "month": ""})),
        said[0].upper() + said[1:] + ".",
        rng.choice(told.questions).format(**slots),
        told.answer.format(**slots),
    )


def draw_facts(rng: random.Random, count: int) -> list[Fact]:
    """Up to `count` facts about different things."""
    facts = {fact.subject: fact for fact in (draw_fact(rng) for _ in range(count))}
    return list(facts.values())


def remembering(rng: random.Random, other: tuple[str, str]) -> tuple[str, Turns]:
    """A system prompt, perhaps empty, and turns of which the last asks.

    It asks mostly about a fact that stands in the context, now and then about one that does not,
    or `other`, a turn about the world.
    """
    in_turns = rng.random() < 0.4
    facts = draw_facts(rng, rng.randint(1, 3 if in_turns else 6))
    last = _last_turn(rng, facts, other)
    if in_turns:
        return "", (*((fact.statement, ACKNOWLEDGEMENT) for fact in facts), last)
    return listed(rng, facts), (last,)


def _last_turn(
    rng: random.Random, facts: list[Fact], other: tuple[str, str]
) -> tuple[str, str]:
    """What is asked in the end, and its answer."""
    share = rng.random()
    if share < 0.15:
        return other
    missing = draw_fact(rng)
    if share < 0.3 and missing.subject not in {fact.subject for fact in facts}:
        return missing.question, UNKNOWN_THING
    asked = rng.choice(facts)
    return asked.question, asked.answer


def listed(rng: random.Random, facts: list[Fact]) -> str:
    """A system prompt that lists what the user said."""
    mark = rng.choice(MARKS)
    lines = "\n".join(f"{mark}{fact.statement}" for fact in facts)
    return f"{rng.choice(LISTS)}\n\n{lines}"
