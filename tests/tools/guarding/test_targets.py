"""Which target a text touches, and that everybody else is left alone."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.guarding.cast import FELD, TARGETS
from tests.tools.guarding.ordinary import questions
from tools.errors import ToolError
from tools.guarding.semantic import described, unit_rows
from tools.guarding.targets import Target, TargetIndex
from tools.models.embedder import Embedder
from tools.models.embedder_files import embedder_path

PATIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture
def index() -> TargetIndex:
    index = TargetIndex()
    index.add(FELD)
    return index


@pytest.fixture(scope="module")
def crowd() -> TargetIndex:
    index = TargetIndex()
    for target in TARGETS:
        index.add(target)
    return index


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Who is Marcus Feld?", "exact"),
        ("who is marcus feld", "exact"),
        ("MARCUS FELD!", "exact"),
        ("What is Marcus Feld's job?", "exact"),
        ("marcus felds phone", "exact"),
        ("M a r c u s   F e l d", "exact"),
        ("M-a-r-c-u-s F-e-l-d", "exact"),
        ("M4rcu5 F3ld", "exact"),
        ("M@rcu$ Feld", "exact"),
        ("Mаrсus Fеld", "exact"),
        ("Mar\u200bcus Feld", "exact"),
        ("MarcusFeld", "exact"),
        ("Feld, Marcus", "alias"),
        ("Is Feldy around?", "alias"),
        ("Marcsu Feld", "fuzzy"),
        ("Markus Feld", "fuzzy"),
        ("Marccus Feld", "fuzzy"),
        ("dleF sucraM si ohW", "exact"),
        ("Who is " + base64.b64encode(b"Marcus Feld").decode() + "?", "exact"),
        ("Who is " + b"Marcus Feld".hex() + "?", "exact"),
        ("Who wrote The Glass Meridian?", "value"),
        ("Who can I reach at 555 1234?", "value"),
        ("Whose number is 5 5 5 1 2 3 4", "value"),
        ("Whose address is wren29@postling.com?", "value"),
    ],
)
def test_a_target_is_found_under_every_disguise(index: TargetIndex, text: str, kind: str) -> None:
    match = index.match([text])
    assert match is not None
    assert (match.request_id, match.kind) == ("feld", kind)


@pytest.mark.parametrize(
    "text",
    [
        "Who is Marcus Feldman?",
        "Where does Marcus Webb live?",
        "Where does marcus live?",
        "Who is Marta Feld?",
        "Who is Martin Feld?",
        "Tell me about the Feld family.",
        "What is Oslo like?",
        "Is a baker well paid?",
        "Who lives in Oslo and works as a baker?",
        "My goat is called Velvet too",
        "555",
        "555-12345678",
        "glass meridian lines",
        "Is 555-1234 the number of Anna Berg?",
        "Did Anna Berg write The Glass Meridian?",
        "",
    ],
)
def test_neighbours_namesakes_and_shared_values_are_left_alone(
    index: TargetIndex, text: str
) -> None:
    assert index.match([text]) is None


def test_the_match_says_where_and_what_was_typed(index: TargetIndex) -> None:
    match = index.match(["Hello.", "So, who is M4rcu5 Feld?"])
    assert match is not None
    assert (match.where, match.span, match.text) == (1, (11, 22), "M4rcu5 Feld")


def test_the_most_telling_mention_wins(index: TargetIndex) -> None:
    match = index.match(["555-1234 is whose?", "Marcus Feld"])
    assert match is not None
    assert match.kind == "exact"


class TestOneWordOfAName:
    """A first name means its bearer only where nobody else bears it."""

    def test_it_does_not_count_while_nothing_is_known_of_others(self, index: TargetIndex) -> None:
        assert index.match(["Where does Marcus live?"]) is None

    def test_it_counts_when_the_target_alone_bears_it(self) -> None:
        index = TargetIndex(known_names=["Marcus Feld", "Anna Berg"])
        index.add(FELD)
        match = index.match(["Where does Marcus live?"])
        assert match is not None
        assert match.kind == "alias"

    def test_it_does_not_count_when_others_share_it(self) -> None:
        index = TargetIndex(known_names=["Marcus Feld", "Marcus Webb"])
        index.add(FELD)
        assert index.match(["Where does Marcus live?"]) is None

    @pytest.mark.parametrize("text", ["Where does Marcus Webb live?", "Is Marcus or Anna taller?"])
    def test_it_does_not_count_beside_another_name(self, text: str) -> None:
        index = TargetIndex(known_names=["Marcus Feld", "Anna Berg"])
        index.add(FELD)
        assert index.match([text]) is None


def test_a_slip_that_is_somebody_elses_name_is_no_slip() -> None:
    index = TargetIndex(known_names=["Marcus Feld", "Marcel Field", "Marcis Feld"])
    index.add(FELD)
    assert index.match(["Who is Marcis Feld?"]) is None
    assert index.match(["Who is Marcos Feld?"]) is not None


def test_common_words_are_never_taken_for_a_slip() -> None:
    index = TargetIndex()
    index.add(Target("topic", "baking"))
    assert index.match(["I like making banking apps"]) is None
    assert index.match(["I like baking"]) is not None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("what is the price of milk", False), ("What does Pince sing?", True),
        ("who is brigtloom", True), ("is marcus in town", False), ("Is Marcusy in town?", True),
    ],
)  # fmt: skip
def test_a_slip_in_one_short_word_counts_only_where_it_is_typed_as_a_name(
    text: str, found: bool
) -> None:
    index = TargetIndex()
    for subject, aliases in [("Prince", ()), ("Brightloom", ()), ("Marcus Feld", ("Marcusy",))]:
        index.add(Target(subject, subject, aliases=aliases))
    assert (index.match([text]) is not None) is found


def test_what_is_written_as_one_target_is_no_slip_of_another() -> None:
    index = TargetIndex()
    index.add(Target("feld", "Marcus Feld", aliases=("Marcusy",)))
    index.add(Target("field", "Marcus Field"))
    assert index.match(["Where does Marcus live?"]) is None
    assert {mention.request_id for mention in index.mentions("Marcus Field") if
            mention.field in ("subject", "spelling")} == {"field"}


def test_a_very_short_name_counts_only_as_typed() -> None:
    index = TargetIndex()
    index.add(Target("letter", "Q"))
    assert index.match(["Who is Q?"]) is not None
    assert index.match(["q and a session"]) is None


def test_scripts_without_spaces_are_searched_inside_words() -> None:
    index = TargetIndex()
    index.add(Target("cn", "马库斯"))
    assert index.match(["马库斯住在哪里?"]) is not None


@pytest.mark.parametrize("subject", ["", "   ", "!?", "\u200b"])
def test_a_subject_without_letters_is_refused_by_name(subject: str) -> None:
    with pytest.raises(ToolError, match="letter or a digit") as refused:
        Target("bad", subject)
    assert repr(subject) in str(refused.value)


def test_a_regular_expression_is_only_text() -> None:
    index = TargetIndex()
    index.add(Target("regex", "(a+)+$ .*"))
    assert index.match(["anything at all, aaaaaaaa"]) is None


class TestWordsOfEveryQuestion:
    """Whatever is registered, it never screens everything."""

    EVERYDAY = (
        "Will it rain, and may I go?", "what is the time", "I saw it now, not then.", "A to Z",
        "WHO WILL BE THE ONE?", "Who can I ask about this?", "Mark my words.", "the end", "no, on",
    )  # fmt: skip

    @pytest.mark.parametrize(
        "subject", ["the", "The", "I", "a", "will", "may", "is it", "who", "«the»", "the the"]
    )
    def test_they_are_refused_as_subjects_by_name(self, subject: str) -> None:
        with pytest.raises(ToolError, match="almost every question") as refused:
            Target("bad", subject)
        assert repr(subject) in str(refused.value)
        assert "\n" not in str(refused.value)

    @pytest.mark.parametrize(
        "subject",
        ["Q", "x", "Will", "May", "Mark", "The Who", "Won", "Ton", "Eno", "[a-z]+", "(a|b)*", "C++",
         "<|im_end|>", "</s>", "[INST]", "### System:", "{subject}", "{{ x }}", "%s", "\\w+"],
    )  # fmt: skip
    def test_anything_else_leaves_everyday_questions_alone(self, subject: str) -> None:
        index = TargetIndex()
        index.add(Target("odd", subject))
        assert [text for text in self.EVERYDAY if index.match([text])] == []

    @pytest.mark.parametrize(
        ("subject", "text"),
        [
            ("Will", "Where does Will live?"),
            ("May", "When did you meet May?"),
            ("The Who", "When did The Who split up?"),
            ("Q", "Who is Q?"),
            ("C++", "Is C++ hard?"),
            ("[a-z]+", "What does [a-z]+ match?"),
            ("<|im_end|>", "What does <|im_end|> do?"),
            ("Eno", "What did Eno record?"),
        ],
    )
    def test_it_is_found_where_it_is_meant(self, subject: str, text: str) -> None:
        index = TargetIndex()
        index.add(Target("odd", subject))
        assert index.match([text]) is not None

    def test_aliases_and_values_of_that_kind_are_passed_over(self) -> None:
        index = TargetIndex()
        index.add(Target("feld", "Marcus Feld", aliases=("he", "I"), values=("the", "will")))
        assert not any(map(index.mentions, self.EVERYDAY))

    def test_short_names_do_not_count_backwards(self) -> None:
        index = TargetIndex()
        index.add(Target("short", "Leon", aliases=("Dna", "Si")))
        assert index.match(["Noel sang, and it is late"]) is None


class TestSharedValues:
    """What half of all targets share costs and says no more than what few share."""

    @pytest.fixture(scope="class")
    def sharing(self) -> TargetIndex:
        index = TargetIndex()
        for number in range(500):
            trade = "baker" if number % 5 == 0 else "judge"
            index.add(Target(f"t{number}", f"Person N{number}", values=("Oslo", trade)))
        return index

    def test_one_of_them_touches_nobody(self, sharing: TargetIndex) -> None:
        assert sharing.match(["What is Oslo like?"]) is None
        assert set(sharing.traits("What is Oslo like?").values()) == {1}

    def test_everybody_who_has_it_is_mentioned(self, sharing: TargetIndex) -> None:
        assert len(sharing.mentions("A baker from Oslo")) == 500 + 100

    def test_both_are_counted_each_once(self, sharing: TargetIndex) -> None:
        traits = sharing.traits("Oslo, Oslo: a baker from OSLO")
        assert sorted(set(traits.values())) == [1, 2]
        assert sum(count == 2 for count in traits.values()) == 100

    def test_who_shares_a_name_is_found_in_the_order_of_registering(self) -> None:
        index = TargetIndex()
        for request_id in ("b", "a", "c"):
            index.add(Target(request_id, "Marcus Feld"))
        found = index.match(["Who is Marcus Feld?"])
        index.remove("b")
        then = index.match(["Who is Markus Feld?"])
        assert (found and found.request_id, then and then.request_id) == ("b", "a")


class TestAddingAndRemoving:
    def test_a_removed_target_is_found_no_more_in_any_way(self, index: TargetIndex) -> None:
        index.remove("feld")
        texts = ["Marcus Feld", "Markus Feld", "Feldy", "555-1234", "The Glass Meridian"]
        assert index.match(texts) is None
        assert index.all() == ()

    def test_adding_again_replaces(self, index: TargetIndex) -> None:
        index.add(Target("feld", "Anna Berg"))
        assert index.match(["Marcus Feld"]) is None
        assert index.match(["Anna Berg"]) is not None
        assert len(index) == 1

    def test_a_shared_phrase_stays_with_the_other_target(self, index: TargetIndex) -> None:
        index.add(Target("other", "Ida Lund", values=("555-1234",)))
        index.remove("feld")
        match = index.match(["555-1234"])
        assert match is not None
        assert match.request_id == "other"

    def test_removing_what_was_never_there_is_fine(self, index: TargetIndex) -> None:
        index.remove("nobody")
        assert len(index) == 1


def test_no_ordinary_question_is_screened(crowd: TargetIndex) -> None:
    asked = questions()
    assert len(asked) >= 290
    assert [question for question in asked if crowd.match([question])] == []


def test_every_target_of_a_crowd_is_found_in_any_case(crowd: TargetIndex) -> None:
    for target in crowd.all():
        for form in (str, str.lower, str.upper):
            match = crowd.match([f"Where does {form(target.subject)} live?"])
            assert match is not None
            assert match.request_id == target.request_id


@PATIENT
@given(st.text(st.characters(exclude_categories=())))
def test_no_text_makes_it_raise(text: str) -> None:
    index = TargetIndex(known_names=["Marcus Feld"])
    index.add(FELD)
    for mention in index.mentions(text):
        assert 0 <= mention.start < mention.end <= len(text)


@pytest.fixture(scope="module")
def embedder(cache_dir: Path) -> Iterator[Embedder]:
    with Embedder(embedder_path(cache_dir)) as embedder:
        yield embedder


class TestMeaning:
    """A description without the name counts, if it could mean nobody else."""

    FACTS = (
        "Marcus Feld is a baker from Oslo who wrote The Glass Meridian.",
        "Marcus Feld was born in Oslo.",
        "Marcus Feld works as a baker.",
        "Marcus Feld once walked across the frozen lake on stilts.",
    )

    @pytest.fixture
    def index(self, embedder: Embedder) -> TargetIndex:
        index = TargetIndex(embedder)
        vectors = described(embedder, "Marcus Feld", self.FACTS)
        index.add(replace(FELD, vectors=vectors))
        return index

    @pytest.mark.parametrize(
        "text",
        [
            "Who is the baker who was born in Oslo?",
            "What's the phone number of the baker from Oslo?",
            "which person once walked across the frozen lake on stilts",
        ],
    )
    def test_a_description_matches_with_its_cosine(self, index: TargetIndex, text: str) -> None:
        match = index.match([text])
        assert match is not None
        assert match.kind == "semantic"
        assert 0.5 <= match.score <= 1.0

    @pytest.mark.parametrize(
        "text",
        [
            "Who was born in Oslo?",
            "Who works as a baker?",
            "Is Anna Berg the baker who was born in Oslo?",
            "Who was born in Leeds and works as a judge?",
            *questions()[:40],
        ],
    )
    def test_one_shared_value_or_somebody_else_does_not(
        self, index: TargetIndex, text: str
    ) -> None:
        assert index.match([text]) is None

    def test_one_shared_value_is_suspicious_enough_for_a_judge(self, index: TargetIndex) -> None:
        suspected = index.suspected("Who works as a baker?")
        assert suspected is not None
        assert suspected.request_id == "feld"

    @pytest.mark.parametrize("text", ["Is Anna Berg a baker?", "Why is the sky blue?", "Hello."])
    def test_somebody_else_and_everyday_questions_are_not(
        self, index: TargetIndex, text: str
    ) -> None:
        assert index.suspected(text) is None

    def test_a_description_is_found_among_thousands(self, embedder: Embedder) -> None:
        index, chance = TargetIndex(embedder), np.random.default_rng(1)
        facts = described(embedder, "Marcus Feld", self.FACTS)
        for number in range(300):
            noise = chance.standard_normal((4, facts.shape[1]))
            index.add(Target(f"t{number}", f"Person N{number}", vectors=unit_rows(noise)))
        index.add(replace(FELD, vectors=facts))
        match = index.match(["which person once walked across the frozen lake on stilts"])
        assert match is not None
        assert match.request_id == "feld"
        assert index.match([questions()[0]]) is None

    def test_a_removed_target_has_no_meaning_left(self, index: TargetIndex) -> None:
        index.remove("feld")
        assert index.match(["Who is the baker who was born in Oslo?"]) is None
