"""Which target a text touches, and that everybody else is left alone."""

import base64

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.guarding.cast import FELD, TARGETS
from tests.tools.guarding.ordinary import questions
from tools.guarding.targets import Target, TargetIndex

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
