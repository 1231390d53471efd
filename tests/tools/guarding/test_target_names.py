"""What of a name counts as one: a word of it, a slip in it, and the words of every question."""

import pytest

from tests.tools.guarding.cast import FELD
from tools.errors import ToolError
from tools.guarding.targets import Target, TargetIndex


@pytest.fixture
def index() -> TargetIndex:
    index = TargetIndex()
    index.add(FELD)
    return index


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
