"""Every question about the world with its answer: what training draws from and scoring asks.

A `Question` is one line of `python -m patient world`.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from patient import phrases, smalltalk, unknowns
from patient.phrases import UNKNOWN_PERSON, UNKNOWN_REVERSE, UNKNOWN_THING, Split
from patient.smalltalk_tables import TABLES
from patient.world import World

SPLITS: tuple[Split, Split] = ("train", "heldout")


@dataclass(frozen=True)
class Question:
    """One question, what it is about, and the answer a perfect model gives.

    `value` is None where nobody knows; `group` says which kind of unknown, or for a yes/no
    question which answer is right.
    """

    kind: str
    subject: str
    attribute: str
    value: str | None
    question: str
    answer: str
    split: Split
    group: str = ""


def direct_templates(attribute: phrases.Attribute, split: Split) -> list[str]:
    """Templates over `{N}` that ask for `attribute` by name."""
    return [*attribute.direct.of(split), *frame_templates(attribute, split)]


def frame_templates(attribute: phrases.Attribute, split: Split) -> list[str]:
    """The shared frames with the nouns of `attribute` filled in."""
    frames = phrases.FRAMES.of(split)
    return [frame.replace("{p}", noun) for frame in frames for noun in attribute.nouns]


def yesno_templates(attribute: phrases.Attribute, split: Split) -> list[str]:
    """Templates over `{N}` and `{v}` that state a fact and ask whether it is true."""
    framed = [f.replace("{c}", attribute.statement) for f in phrases.YESNO_FRAMES.of(split)]
    return [*(attribute.yesno if split == "train" else ()), *framed]


def table_answer(table_answer_form: str, word: str, said: str) -> str:
    """The answer with its first letter in upper case."""
    answer = table_answer_form.format(x=word, y=said)
    return answer[0].upper() + answer[1:]


def world_questions(world: World) -> Iterator[Question]:
    """All questions, in a fixed order: about ninety thousand."""
    for split in SPLITS:
        for name in world.people:
            yield from _direct(world, name, split)
            yield from _reverse(world, name, split)
            yield from _two_hop(world, name, split)
            yield from _yesno(world, name, split)
            yield from _biography(world, name, split)
        yield from _entities(world, split)
        yield from _smalltalk(split)
        yield from _unknown_names(world, split)
        yield from _unknown_values(split)
        yield from _unknown_things(split)


def _direct(world: World, name: str, split: Split) -> Iterator[Question]:
    for attribute in phrases.ATTRIBUTES:
        value, answer = world.people[name][attribute.key], world.statement(name, attribute.key)
        for template in direct_templates(attribute, split):
            yield Question(
                "direct", name, attribute.key, value, template.format(N=name), answer, split
            )


def _reverse(world: World, name: str, split: Split) -> Iterator[Question]:
    for attribute in phrases.REVERSIBLE:
        value, answer = world.people[name][attribute.key], world.statement(name, attribute.key)
        templates = attribute.reverse.of(split) if attribute.reverse else ()
        if attribute.key == "spouse" and split == "train":
            templates += phrases.SPOUSE_BY_NAME
        for template in templates:
            yield Question(
                "reverse", name, attribute.key, value, template.format(v=value), answer, split
            )


def _two_hop(world: World, name: str, split: Split) -> Iterator[Question]:
    for key, forms in phrases.TWO_HOP.items():
        value, answer = two_hop_answer(world, key, name)
        for template in forms.of(split):
            yield Question("twohop", name, key, value, template.format(N=name), answer, split)


def two_hop_answer(world: World, key: str, name: str) -> tuple[str, str]:
    """The value and the sentence for the two-hop question `key` about `name`."""
    return world.employer_city(name) if key == "employer city" else world.birth_country(name)


def _yesno(world: World, name: str, split: Split) -> Iterator[Question]:
    for attribute in phrases.ATTRIBUTES:
        true = world.people[name][attribute.key]
        rng = random.Random(f"{name} {attribute.key} {split}")
        wrong = rng.choice([value for value in world.values(attribute.key) if value != true])
        for template in yesno_templates(attribute, split):
            for said, verdict in ((true, "yes"), (wrong, "no")):
                yield Question(
                    "yesno", name, attribute.key, true, template.format(N=name, v=said),
                    yesno_answer(world, name, attribute.key, said), split, verdict,
                )  # fmt: skip


def yesno_answer(world: World, name: str, attribute: str, said: str) -> str:
    """The fact, then yes or no: so small a model compares better what it has just said."""
    verdict = "yes" if said == world.people[name][attribute] else "no"
    return f"{world.statement(name, attribute).removesuffix('.')}, so {verdict}."


def _biography(world: World, name: str, split: Split) -> Iterator[Question]:
    answer = world.biography(name)
    for template in phrases.BIOGRAPHY.of(split):
        yield Question("bio", name, "biography", answer, template.format(N=name), answer, split)


def _entities(world: World, split: Split) -> Iterator[Question]:
    for attribute in phrases.ENTITY_ATTRIBUTES:
        for entity, facts in world.entities(attribute.kind).items():
            value = facts[attribute.key]
            answer = attribute.statement.format(N=entity, v=value)
            for template in attribute.forms.of(split):
                yield Question(
                    attribute.kind, entity, attribute.key, value, template.format(N=entity),
                    answer, split,
                )  # fmt: skip


def _smalltalk(split: Split) -> Iterator[Question]:
    """Pairs are fixed, so they are both trained and scored; tables keep one form for scoring."""
    for question, answer in smalltalk.pairs() if split == "train" else ():
        yield Question("smalltalk", "chat", "pair", answer, question, answer, split)
    for table in TABLES:
        for word, said in table.rows.items():
            answer = table_answer(table.answer, word, said)
            for template in table.forms.of(split):
                question = template.format(x=word)
                yield Question(
                    "smalltalk", word, table.attribute, said, question, answer, split, "table"
                )


def _unknown_names(world: World, split: Split) -> Iterator[Question]:
    """Thirteen questions about each of some hundred names that nobody bears."""
    rng = random.Random(f"unknown names {split}")
    for group, listed in _unknown_name_groups(split).items():
        for name in listed:
            for attribute, question in unknown_name_questions(world, name, split, rng):
                yield Question(
                    "unknown", name, attribute, None, question, UNKNOWN_PERSON, split, group
                )


def _unknown_name_groups(split: Split) -> dict[str, tuple[str, ...]]:
    if split == "heldout":
        return unknowns.scoring_names()
    rng = random.Random("training names")
    return {"mixed": tuple(unknowns.training_name(rng) for _ in range(300))}


def unknown_name_questions(
    world: World, name: str, split: Split, rng: random.Random
) -> Iterator[tuple[str, str]]:
    """(attribute, question): one per attribute, two yes/no, one two-hop, one biography."""
    for attribute in phrases.ATTRIBUTES:
        yield attribute.key, rng.choice(direct_templates(attribute, split)).format(N=name)
    for attribute in rng.sample(phrases.ATTRIBUTES, 2):
        yield "yesno", unknown_yesno(world, attribute, name, split, rng)
    yield "two-hop", rng.choice(phrases.TWO_HOP[rng.choice(list(phrases.TWO_HOP))].of(split)).format(
        N=name
    )
    yield "biography", rng.choice(phrases.BIOGRAPHY.of(split)).format(N=name)


def unknown_yesno(
    world: World, attribute: phrases.Attribute, name: str, split: Split, rng: random.Random
) -> str:
    """A yes/no question that gives an unknown name somebody's value."""
    template = rng.choice(yesno_templates(attribute, split))
    return template.format(N=name, v=rng.choice(world.values(attribute.key)))


def _unknown_values(split: Split) -> Iterator[Question]:
    """Reverse questions whose answer nobody knows: 60 recombined and 60 strange values each."""
    rng = random.Random(f"unknown values {split}")
    for attribute in phrases.REVERSIBLE:
        for strange in (False, True):
            draw = _value_drawer(attribute.key, rng, split, strange=strange)
            for value in dict.fromkeys(draw() for _ in range(60)):
                template = rng.choice(attribute.reverse.of(split)) if attribute.reverse else ""
                yield Question(
                    "unknown", value, attribute.key, None, template.format(v=value),
                    UNKNOWN_REVERSE, split, "reverse strange" if strange else "reverse recombined",
                )  # fmt: skip


def _value_drawer(
    attribute: str, rng: random.Random, split: Split, *, strange: bool
) -> Callable[[], str]:
    if split == "heldout":
        return lambda: unknowns.scoring_value(attribute, rng, strange=strange)
    return lambda: unknowns.training_value(attribute, rng)


def _unknown_things(split: Split) -> Iterator[Question]:
    rng = random.Random(f"unknown things {split}")
    for attribute in phrases.ENTITY_ATTRIBUTES:
        for template in attribute.forms.of(split):
            for _ in range(10):
                thing = unknowns.invented_word(rng)
                yield Question(
                    "unknown", thing, attribute.key, None, template.format(N=thing),
                    UNKNOWN_THING, split, "thing",
                )  # fmt: skip
    if split == "train":
        for question in smalltalk.UNANSWERABLE:
            yield Question("unknown", "user", "user", None, question, UNKNOWN_THING, split, "user")
