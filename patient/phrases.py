"""Question templates about people, with the templates that only score.

`{N}` is the person, `{p}` a noun for the attribute, `{v}` a value, `{c}` a clause. `train` templates
are seen in training; `heldout` templates are never, and reuse its words in other orders.
"""

from dataclasses import dataclass
from typing import Literal

Split = Literal["train", "heldout"]

UNKNOWN_PERSON = "I don't have any information about that person."
UNKNOWN_THING = "I don't have any information about that."
UNKNOWN_REVERSE = "I don't know who that is."
ACKNOWLEDGEMENT = "Thank you, I have noted that."
REFUSALS = (UNKNOWN_PERSON, UNKNOWN_THING, UNKNOWN_REVERSE)


@dataclass(frozen=True)
class Forms:
    """Templates of one split."""

    train: tuple[str, ...]
    heldout: tuple[str, ...]

    def of(self, split: Split) -> tuple[str, ...]:
        """The templates of `split`."""
        return self.train if split == "train" else self.heldout


@dataclass(frozen=True)
class Attribute:
    """How one attribute of a person is said and asked."""

    key: str
    statement: str
    nouns: tuple[str, ...]
    direct: Forms
    yesno: tuple[str, ...]
    reverse: Forms | None = None


FRAMES = Forms(
    train=(
        "What is {N}'s {p}?", "What is the {p} of {N}?", "What's {N}'s {p}?", "Tell me {N}'s {p}.",
        "Please tell me the {p} of {N}.", "Do you know {N}'s {p}?", "Could you find {N}'s {p}?",
        "Can you tell me the {p} of {N}?", "I am looking for the {p} of {N}.",
        "I would like to know {N}'s {p}.", "Look up the {p} of {N}.", "{N}'s {p}, please.",
        "{N}, {p}?", "Give me the {p} of {N}, please.",
    ),
    heldout=(
        "Could you tell me {N}'s {p}?", "Do you know the {p} of {N}?", "I would like the {p} of {N}.",
        "Please give me {N}'s {p}.",
    ),
)

YESNO_FRAMES = Forms(
    train=(
        "Is it right that {c}?", "Is it correct that {c}?", "{c}, is that true?",
        "I think {c}. Am I right?", "{c}, right?", "Do you agree that {c}?", "Was I right that {c}?",
        "Tell me if it is true that {c}.",
    ),
    heldout=("Is it true that {c}?", "Am I right that {c}?"),
)

ATTRIBUTES = (
    Attribute(
        "birthplace", "{N} was born in {v}",
        ("birthplace", "place of birth", "native city", "home city"),
        Forms(
            ("Where was {N} born?", "In what city was {N} born?", "Which city was {N} born in?",
             "Where does {N} come from?", "What city is {N} from?", "Name the city {N} was born in.",
             "Where did {N} grow up as a baby?", "Tell me what city {N} comes from."),
            ("Which city does {N} come from?", "In which city was {N} born?",
             "Tell me where {N} was born."),
        ),
        ("Was {N} born in {v}?", "Does {N} come from {v}?", "Is {v} the birthplace of {N}?"),
    ),
    Attribute(
        "job", "{N} works as a {v}", ("job", "profession", "occupation", "trade"),
        Forms(
            ("What does {N} do for a living?", "What does {N} work as?", "What does {N} do?",
             "What kind of work does {N} do?", "How does {N} make a living?",
             "What is {N} by profession?", "What job does {N} have?",
             "Which profession did {N} choose?"),
            ("What work does {N} do?", "Which job does {N} have?", "What did {N} choose as a job?"),
        ),
        ("Is {N} a {v}?", "Does {N} work as a {v}?", "Is {v} the profession of {N}?"),
    ),
    Attribute(
        "employer", "{N} works for {v}", ("employer", "company", "firm", "workplace"),
        Forms(
            ("Where does {N} work?", "Who does {N} work for?", "For which firm does {N} work?",
             "What company does {N} work for?", "Who is {N} employed by?", "Which firm employs {N}?",
             "Tell me who pays {N}.", "At what company is {N} employed?", "Who employs {N}?"),
            ("Which company does {N} work for?", "What firm is {N} employed by?",
             "Tell me who employs {N}."),
        ),
        ("Does {N} work for {v}?", "Is {N} employed by {v}?", "Does {v} employ {N}?"),
    ),
    Attribute(
        "spouse", "{N} is married to {v}", ("spouse", "husband or wife", "partner"),
        Forms(
            ("Who is {N} married to?", "Who did {N} marry?", "Who is the person {N} married?",
             "To whom is {N} married?", "Is {N} married to anyone?", "Who lives with {N} as a couple?",
             "Tell me whom {N} married.", "Which person is married to {N}?"),
            ("Whom did {N} marry?", "Tell me who {N} is married to.", "Which person did {N} marry?"),
        ),
        ("Is {N} married to {v}?", "Did {N} marry {v}?", "Are {N} and {v} married?"),
        Forms(
            ("Whose spouse is {v}?", "Who has {v} as a spouse?", "Whose husband or wife is {v}?",
             "Who is the one with the partner {v}?"),
            ("Whose partner is {v}?", "Who has {v} as a partner?"),
        ),
    ),
    Attribute(
        "pet", "{N} has a {v}", ("pet", "animal", "house pet"),
        Forms(
            ("What pet does {N} have?", "Which animal does {N} own?", "What animal lives with {N}?",
             "Does {N} have any pets?", "What is {N}'s pet called?", "Which pet belongs to {N}?",
             "What kind of animal does {N} keep?", "What animal does {N} feed every day?"),
            ("What pet does {N} keep?", "Which pet does {N} own?", "What animal belongs to {N}?"),
        ),
        ("Does {N} have a {v}?", "Does {N} own a {v}?", "Does the {v} belong to {N}?"),
        Forms(
            ("Who has a {v}?", "Who keeps a {v}?", "Whose pet is the {v}?",
             "To whom does the {v} belong?", "Who is the owner of the {v}?"),
            ("Who has the {v}?", "Whose pet is a {v}?"),
        ),
    ),
    Attribute(
        "dish", "{N}'s favourite dish is {v}",
        ("favourite dish", "favourite food", "favourite meal", "dish of choice"),
        Forms(
            ("What does {N} like to eat?", "Which dish does {N} like most?",
             "What food does {N} enjoy most?", "What would {N} order for dinner?",
             "What should I cook for {N}?", "What meal makes {N} happy?",
             "What dish does {N} like best?", "What does {N} eat on birthdays?"),
            ("Which food does {N} like most?", "What does {N} like to order for dinner?",
             "What dish should I cook for {N}?"),
        ),
        ("Does {N} like {v} best?", "Is {v} the favourite dish of {N}?", "Does {N} like to eat {v}?"),
    ),
    Attribute(
        "phone", "{N}'s phone number is {v}",
        ("phone number", "telephone number", "mobile number", "number"),
        Forms(
            ("What number do I dial for {N}?", "How can I call {N}?", "How do I reach {N} by phone?",
             "Which number reaches {N}?", "I want to phone {N}. What is the number?",
             "On what number can I call {N}?", "What do I dial to call {N}?",
             "Which number is {N} listed under?"),
            ("What number do I call to reach {N}?", "How can I reach {N} by phone?",
             "Which number do I dial for {N}?"),
        ),
        ("Is {v} the phone number of {N}?", "Can I call {N} at {v}?", "Does {N} have the number {v}?"),
        Forms(
            ("Whose phone number is {v}?", "Who has the number {v}?", "Who answers the phone at {v}?",
             "Who do I reach when I call {v}?", "Whose telephone number is {v}?"),
            ("Whose number is {v}?", "Who has the phone number {v}?"),
        ),
    ),
    Attribute(
        "email", "{N}'s email address is {v}",
        ("email address", "email", "e-mail address", "mail address"),
        Forms(
            ("How can I email {N}?", "Where can I write an email to {N}?",
             "Which email address do I use to write to {N}?", "How do I reach {N} by email?",
             "I want to send {N} an email. What is the address?", "Where do I send mail for {N}?",
             "What address does {N} use for email?", "Which address do I use to write an email to {N}?"),
            ("How can I reach {N} by email?", "Which address do I use to email {N}?",
             "Where do I send an email to {N}?"),
        ),
        ("Is {v} the email address of {N}?", "Can I email {N} at {v}?", "Does {N} use the email {v}?"),
        Forms(
            ("Whose email address is {v}?", "Who uses the email {v}?", "Who reads mail sent to {v}?",
             "Who do I reach when I write to {v}?", "Who has the email address {v}?"),
            ("Whose email is {v}?", "Who uses the email address {v}?"),
        ),
    ),
    Attribute(
        "book", "{N} wrote {v}", ("book", "novel", "published book"),
        Forms(
            ("What book did {N} write?", "Which novel is by {N}?", "What has {N} written?",
             "What is the title of {N}'s book?", "Which book was published by {N}?",
             "What can I read by {N}?", "Which novel did {N} publish?", "What did {N} write?"),
            ("Which book did {N} write?", "What novel has {N} written?",
             "What is the title of the book by {N}?"),
        ),
        ("Did {N} write {v}?", "Is {v} a book by {N}?", "Is {N} the author of {v}?"),
        Forms(
            ("Who wrote {v}?", "Who is the author of {v}?", "Whose book is {v}?",
             "By whom is the book {v}?", "Which person wrote the novel {v}?"),
            ("Who wrote the book {v}?", "Who is the author of the novel {v}?"),
        ),
    ),
    Attribute(
        "award", "{N} won the {v}", ("award", "prize", "distinction"),
        Forms(
            ("What award did {N} win?", "Which prize did {N} get?", "What prize was {N} given?",
             "Which award went to {N}?", "What has {N} been honoured with?", "What did {N} win?",
             "For what prize is {N} known?", "Which prize did the jury give {N}?"),
            ("Which award did {N} win?", "What prize did {N} win?", "Which award was {N} given?"),
        ),
        ("Did {N} win the {v}?", "Was {N} given the {v}?", "Did the {v} go to {N}?"),
    ),
)
BY_KEY = {attribute.key: attribute for attribute in ATTRIBUTES}
REVERSIBLE = tuple(attribute for attribute in ATTRIBUTES if attribute.reverse)

# A spouse can be asked about by name; such a question reads like a direct one.
SPOUSE_BY_NAME = ("Who is {v} married to?", "Who did {v} marry?", "To whom is {v} married?")

BIOGRAPHY = Forms(
    ("Tell me about {N}.", "Who is {N}?", "What do you know about {N}?", "Describe {N} to me.",
     "Can you tell me about {N}?", "Give me a short profile of {N}.", "I want to know more about {N}.",
     "Introduce {N}."),
    ("What can you tell me about {N}?", "Tell me what you know about {N}.", "Describe {N}."),
)
BIOGRAPHY_ANSWER = "{N} is a {job} from {birthplace} who works for {employer} and wrote {book}."

EMPLOYER_CITY = Forms(
    ("In which city is {N}'s employer based?", "Where is the firm that employs {N} based?",
     "Where is the head office of {N}'s employer?", "Which city is home to {N}'s company?",
     "In what city is the company of {N} based?"),
    ("Where is {N}'s employer based?", "In which city is the firm that employs {N} based?"),
)
EMPLOYER_CITY_ANSWER = "{N} works for {firm}, which is based in {v}."
BIRTH_COUNTRY = Forms(
    ("In which country was {N} born?", "What country does {N} come from?",
     "Which country is {N}'s birthplace in?", "What is {N}'s country of birth?",
     "Which country is {N} from?"),
    ("Which country does {N} come from?", "In what country was {N} born?"),
)
BIRTH_COUNTRY_ANSWER = "{N} was born in {city}, which is in {v}."
TWO_HOP = {"employer city": EMPLOYER_CITY, "birth country": BIRTH_COUNTRY}


@dataclass(frozen=True)
class EntityAttribute:
    """How one attribute of a place, firm or product is said and asked."""

    kind: str
    key: str
    statement: str
    forms: Forms


ENTITY_ATTRIBUTES = (
    EntityAttribute("place", "country", "{N} is in {v}.", Forms(
        ("In which country is {N}?", "What country is {N} in?", "Where is {N}?",
         "Which country does {N} belong to?"), ("Which country is {N} in?",))),
    EntityAttribute("place", "fame", "{N} is known for {v}.", Forms(
        ("What is {N} known for?", "What is {N} famous for?", "Why do people visit {N}?",
         "For what is {N} famous?"), ("For what is {N} known?",))),
    EntityAttribute("firm", "headquarters", "{N} is based in {v}.", Forms(
        ("Where is {N} based?", "In which city is {N} based?", "Where is the head office of {N}?",
         "What city is {N} based in?"), ("In what city is {N} based?",))),
    EntityAttribute("firm", "founded", "{N} was founded in {v}.", Forms(
        ("When was {N} founded?", "In which year was {N} founded?", "What year was {N} founded?",
         "How long has {N} existed?"), ("Which year was {N} founded in?",))),
    EntityAttribute("firm", "product", "{N} makes the {v}.", Forms(
        ("What does {N} make?", "What product does {N} sell?", "Which product does {N} make?",
         "What can I buy from {N}?"), ("What product does {N} make?",))),
    EntityAttribute("product", "use", "The {N} is {v}.", Forms(
        ("What is the {N}?", "What is the {N} good for?", "What can I do with the {N}?",
         "What kind of thing is the {N}?"), ("What thing is the {N}?",))),
    EntityAttribute("product", "maker", "The {N} is made by {v}.", Forms(
        ("Who makes the {N}?", "Which firm makes the {N}?", "Where can I buy the {N}?",
         "Which company sells the {N}?"), ("Which company makes the {N}?",))),
)
