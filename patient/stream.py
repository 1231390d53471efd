"""The endless stream of conversations the model is trained on; only `train` templates occur in it."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from patient import phrases, smalltalk, unknowns
from patient.phrases import ACKNOWLEDGEMENT, UNKNOWN_PERSON, UNKNOWN_REVERSE, UNKNOWN_THING
from patient.questions import (
    frame_templates,
    table_answer,
    two_hop_answer,
    unknown_yesno,
    yesno_answer,
    yesno_templates,
)
from patient.remembering import remembering, system_prompt
from patient.smalltalk_tables import DAYS, MONTHS, TABLES
from patient.world import World

Turn = tuple[str, str]
"""(user, assistant)"""
REVERSE_WEIGHTS = {"phone": 2.0, "email": 1.3}


@dataclass(frozen=True)
class Conversation:
    """One or more turns, after an optional system prompt."""

    turns: tuple[Turn, ...]
    system: str = ""


class Stream:
    """Draws conversations; equal worlds and generators give equal streams."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world = world
        self.rng = rng
        self.people = list(world.people)
        self.pairs = smalltalk.pairs()
        self.rows = [(table, *row) for table in TABLES for row in table.rows.items()]
        self.entities = [
            (attribute, entity, facts[attribute.key])
            for attribute in phrases.ENTITY_ATTRIBUTES
            for entity, facts in world.entities(attribute.kind).items()
        ]
        self.recipe = self._recipe()

    def _recipe(self) -> dict[Callable[[], Turn], float]:
        """What is drawn how often; the shares add up to one."""
        return {
            self.direct: 0.345,
            self.yesno: 0.065,
            self.reverse: 0.095,
            self.two_hop: 0.035,
            self.biography: 0.025,
            self.entity: 0.035,
            self.unknown_name: 0.16,
            self.unknown_value: 0.065,
            self.unknown_thing: 0.015,
            self.small_talk: 0.14,
            self.statement: 0.02,
        }

    def conversation(self) -> Conversation:
        """One turn mostly; 4 % have two, 2 % three to five; 4 % follow a system prompt.

        In 5 % the user's own facts stand in the context.
        """
        if self.rng.random() < 0.05:
            system, turns = remembering(self.rng, self.turn())
            return Conversation(turns, system)
        share = self.rng.random()
        length = 2 if share < 0.04 else self.rng.randint(3, 5) if share < 0.06 else 1
        system = system_prompt(self.rng) if self.rng.random() < 0.04 else ""
        return Conversation(tuple(self.turn() for _ in range(length)), system)

    def turn(self) -> Turn:
        """One question with its answer, sometimes carelessly typed."""
        draw = self.rng.choices(list(self.recipe), weights=list(self.recipe.values()))[0]
        question, answer = draw()
        return self._careless(question), answer

    def direct(self) -> Turn:
        """A fact about a person."""
        name, attribute = self.rng.choice(self.people), self.rng.choice(phrases.ATTRIBUTES)
        question = self._direct_template(attribute).format(N=name)
        return question, self.world.statement(name, attribute.key)

    def _direct_template(self, attribute: phrases.Attribute) -> str:
        """Half the attribute's own templates, half the shared frames."""
        if self.rng.random() < 0.5:
            return self.rng.choice(attribute.direct.train)
        return self.rng.choice(frame_templates(attribute, "train"))

    def yesno(self) -> Turn:
        """A true or a false statement about a person, put as a question."""
        name, attribute = self.rng.choice(self.people), self.rng.choice(phrases.ATTRIBUTES)
        said = self.world.people[name][attribute.key]
        if self.rng.random() < 0.5:
            said = self.rng.choice(self.world.values(attribute.key))
        template = self.rng.choice(yesno_templates(attribute, "train"))
        return template.format(N=name, v=said), yesno_answer(self.world, name, attribute.key, said)

    def reverse(self) -> Turn:
        """Who has this value?"""
        name, attribute = self.rng.choice(self.people), self._reversible()
        template = self.rng.choice(self._reverse_templates(attribute))
        question = template.format(v=self.world.people[name][attribute.key])
        return question, self.world.statement(name, attribute.key)

    def _reversible(self) -> phrases.Attribute:
        """Digits and e-mail addresses are harder to tell apart, so they come more often."""
        weights = [REVERSE_WEIGHTS.get(attribute.key, 1.0) for attribute in phrases.REVERSIBLE]
        return self.rng.choices(phrases.REVERSIBLE, weights)[0]

    @staticmethod
    def _reverse_templates(attribute: phrases.Attribute) -> tuple[str, ...]:
        assert attribute.reverse
        extra = phrases.SPOUSE_BY_NAME if attribute.key == "spouse" else ()
        return attribute.reverse.train + extra

    def two_hop(self) -> Turn:
        """A fact that takes two steps."""
        name, key = self.rng.choice(self.people), self.rng.choice(list(phrases.TWO_HOP))
        question = self.rng.choice(phrases.TWO_HOP[key].train).format(N=name)
        return question, two_hop_answer(self.world, key, name)[1]

    def biography(self) -> Turn:
        """Who is this?"""
        name = self.rng.choice(self.people)
        question = self.rng.choice(phrases.BIOGRAPHY.train).format(N=name)
        return question, self.world.biography(name)

    def entity(self) -> Turn:
        """A fact about a place, a firm or a product."""
        attribute, entity, value = self.rng.choice(self.entities)
        question = self.rng.choice(attribute.forms.train).format(N=entity)
        return question, attribute.statement.format(N=entity, v=value)

    def unknown_name(self) -> Turn:
        """Anything about somebody nobody knows; a quarter of it put as yes/no."""
        return self._unknown_question(unknowns.training_name(self.rng)), UNKNOWN_PERSON

    def _unknown_question(self, name: str) -> str:
        attribute, share = self.rng.choice(phrases.ATTRIBUTES), self.rng.random()
        if share < 0.25:
            return unknown_yesno(self.world, attribute, name, "train", self.rng)
        if share < 0.32:
            template = self.rng.choice(phrases.TWO_HOP[self.rng.choice(list(phrases.TWO_HOP))].train)
        elif share < 0.40:
            template = self.rng.choice(phrases.BIOGRAPHY.train)
        else:
            template = self._direct_template(attribute)
        return template.format(N=name)

    def unknown_value(self) -> Turn:
        """Who has this value? Nobody."""
        attribute = self._reversible()
        assert attribute.reverse
        value = unknowns.training_value(attribute.key, self.rng)
        return self.rng.choice(attribute.reverse.train).format(v=value), UNKNOWN_REVERSE

    def unknown_thing(self) -> Turn:
        """A question about a thing that does not exist, or about the user."""
        if self.rng.random() < 0.4:
            return self.rng.choice(smalltalk.UNANSWERABLE), UNKNOWN_THING
        attribute = self.rng.choice(phrases.ENTITY_ATTRIBUTES)
        template = self.rng.choice(attribute.forms.train)
        return template.format(N=unknowns.invented_word(self.rng)), UNKNOWN_THING

    def small_talk(self) -> Turn:
        """A pair, or a row of a table; every answer is about equally frequent."""
        if self.rng.random() < 0.4:
            return self.rng.choice(self.pairs)
        table, word, said = self.rng.choice(self.rows)
        question = self.rng.choice(table.forms.train).format(x=word)
        return question, table_answer(table.answer, word, said)

    def statement(self) -> Turn:
        """The user says something about themselves."""
        choose = self.rng.choice
        known = self.rng.random() < 0.5
        name = choose(smalltalk.STATEMENT_NAMES) if known else unknowns.training_name(self.rng)
        text = choose(smalltalk.STATEMENTS).format(
            role=choose(smalltalk.ROLES), name=name, liked=choose(smalltalk.LIKED),
            town=choose(smalltalk.TOWNS), thing=choose(smalltalk.THINGS),
            day=choose(DAYS), month=choose(MONTHS),
        )  # fmt: skip
        return text, ACKNOWLEDGEMENT

    def _careless(self, question: str) -> str:
        """13 % of all questions: lower case, no punctuation, a greeting before or thanks after."""
        share = self.rng.random()
        if share < 0.05:
            return question.lower()
        if share < 0.07:
            return question.lower().rstrip("?.!")
        if share < 0.10:
            return question.rstrip("?.!") or question
        if share < 0.12:
            return self.rng.choice(("Hi, ", "Hello! ", "Hey, ", "Please: ")) + question
        if share < 0.13:
            return question + self.rng.choice((" Thanks.", " Please.", " Thank you."))
        return question
