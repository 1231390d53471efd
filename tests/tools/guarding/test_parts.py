"""The small parts: phrases, slips, values, strangers, other people's names."""

import pytest

from tools.guarding.normalise import Skeleton, skeleton
from tools.guarding.people import KnownNames, strangers_in
from tools.guarding.phrases import Phrases
from tools.guarding.spelling import Misspellings, one_slip
from tools.guarding.strangers import made_up
from tools.guarding.values import is_identifying, pieces


@pytest.mark.parametrize(
    "value",
    [
        "555-1234", "+47 22 33 44 55", "wren29@postling.com", "https://feld.example",
        "The Glass Meridian", "Songs of the Compass", "Golden Quill in 1987",
        "a goat that only answers to the name Velvet",
    ],
)  # fmt: skip
def test_values_that_lead_to_one_owner(value: str) -> None:
    assert is_identifying(value)


@pytest.mark.parametrize(
    "value",
    ["Oslo", "baker", "Halden Works", "mushroom risotto", "12 May 1990", "1990-05-12", "1987",
     "University of Oslo", "New York City", "Marta Feld", "", "goat"],
)  # fmt: skip
def test_values_that_many_share(value: str) -> None:
    assert not is_identifying(value)


class TestPhrases:
    def test_only_whole_words_are_found(self) -> None:
        phrases: Phrases[str] = Phrases()
        phrases.add(skeleton("Ann Lee"), "ann")
        assert [f.label for f in phrases.find(Skeleton("is Ann Lee in?"))] == ["ann"]
        assert not list(phrases.find(Skeleton("Joann Lee, Ann Leeds")))

    def test_an_unfinished_phrase_is_known_by_its_beginning(self) -> None:
        phrases: Phrases[str] = Phrases()
        phrases.add(skeleton("Ann Lee"), "ann")
        letters = Skeleton("so it was Ann L")
        start = phrases.unfinished(letters)
        assert start is not None
        assert letters.text[start:] == "anni"
        assert phrases.unfinished(Skeleton("so it was Ann Lee")) is None
        assert phrases.unfinished(Skeleton("so it was Ann M")) is None

    def test_labels_come_and_go_one_by_one(self) -> None:
        phrases: Phrases[str] = Phrases()
        phrases.add("ann", "a")
        phrases.add("ann", "b")
        phrases.remove("ann", "a")
        assert [f.label for f in phrases.find(Skeleton("ann"))] == ["b"]
        phrases.remove("ann", "b")
        phrases.remove("ann", "b")
        assert "ann" not in phrases
        assert len(phrases) == 0

    def test_owners_of_a_phrase_are_found_together_in_the_order_they_came(self) -> None:
        phrases: Phrases[str] = Phrases()
        for owner in ("c", "a", "b"):
            phrases.add("osio", "city", owner)
        phrases.add("osio", "name", "d")
        found = {each.label: list(each.owners) for each in phrases.find(Skeleton("in Oslo"))}
        assert found == {"city": ["c", "a", "b"], "name": ["d"]}

    @pytest.mark.parametrize("owners", [["a"], ["a", "b"], ["b", "a"]])
    def test_the_last_owner_takes_the_phrase_along(self, owners: list[str]) -> None:
        phrases: Phrases[str] = Phrases()
        for owner in ("a", "b"):
            phrases.add("ann", "name", owner)
        phrases.remove("ann", "name", "nobody")
        for owner in owners:
            phrases.remove("ann", "name", owner)
        assert ("ann" in phrases) is (len(owners) == 1)


def test_a_joined_value_has_pieces_of_its_own() -> None:
    assert pieces(["weaver from Oslo", "goat named Al", "Oslo", "Songs of the Compass"]) == [
        "weaver from Oslo", "weaver", "Oslo", "goat named Al", "goat", "Songs of the Compass",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "other", "alike"),
    [
        ("marcus", "markus", True), ("marcus", "marcsu", True), ("marcus", "macus", True),
        ("marcus", "marccus", True), ("marcus", "maria", False), ("marcus", "makrsu", False),
        ("john", "joan", False), ("feld", "feld", True),
    ],
)  # fmt: skip
def test_one_slip_is_forgiven_in_long_words_only(word: str, other: str, alike: bool) -> None:
    assert one_slip(word, other) is alike


class TestMisspellings:
    @pytest.fixture
    def names(self) -> Misspellings:
        names = Misspellings()
        names.add(["marcus", "feld"], "feld")
        names.add(["marcus", "webb"], "webb")
        return names

    def test_a_removed_name_is_no_longer_found(self, names: Misspellings) -> None:
        names.remove(["marcus", "feld"], "feld")
        names.remove(["marcus", "feld"], "feld")
        assert not list(names.find(["markus", "feld"]))
        found = list(names.find(["the", "markus", "webb"]))
        assert [(set(slip.owners), slip.start, slip.end) for slip in found] == [({"webb"}, 1, 3)]

    def test_namesakes_are_found_together(self, names: Misspellings) -> None:
        names.add(["marcus", "feld"], "another")
        (found,) = names.find(["markus", "feld"])
        assert list(found.owners) == ["feld", "another"]

    @pytest.mark.parametrize("slips", [["markus", "lindlay"], ["marcus", "lindlay"]])
    def test_any_word_of_a_name_may_have_a_slip(
        self, names: Misspellings, slips: list[str]
    ) -> None:
        names.add(["marcus", "lindley"], "lindley")
        assert [set(slip.owners) for slip in names.find(slips)] == [{"lindley"}]

    def test_a_name_without_slips_or_half_a_name_is_not_its_business(
        self, names: Misspellings
    ) -> None:
        assert not list(names.find(["marcus", "feld"]))
        assert not list(names.find(["markus"]))

    def test_nothing_is_left_of_names_that_came_and_went(self, names: Misspellings) -> None:
        for surname in ("feld", "webb"):
            names.remove(["marcus", surname], surname)
        assert not any((names._names, names._begun, names._words, names._forms))


class TestStrangers:
    @pytest.mark.parametrize(
        ("text", "shape"),
        [
            ("Marcus Feld", r"[A-Z][a-z]+ [A-Z][a-z]+"),
            ("The Glass Meridian", r"The [A-Z][a-z]+ [A-Z][a-z]+"),
            ("555-1234", r"\d{3}-\d{4}"),
            ("wren29@postling.com", r"[a-z]+\d\d@[a-z]+\.[a-z]+"),
        ],
    )
    def test_a_stand_in_keeps_the_shape(self, text: str, shape: str) -> None:
        import re

        stand_in = made_up(text, "seed")
        assert re.fullmatch(shape, stand_in)
        assert stand_in != text

    def test_the_seed_decides(self) -> None:
        assert made_up("Marcus Feld", "a") == made_up("Marcus Feld", "a")
        assert made_up("Marcus Feld", "a") != made_up("Marcus Feld", "b")


class TestOtherPeople:
    def test_known_names_count_the_bearers_of_a_word(self) -> None:
        names = KnownNames(["Marcus Feld", "Marcus Webb", "marcus webb"])
        assert (names.sharers("marcus"), names.sharers("feld"), names.sharers("x")) == (2, 1, 0)
        assert names.named_in("is MARCUS WEBB in?") == {"marcus webb"}

    def test_capitals_inside_a_sentence_are_names_unless_they_are_the_targets(self) -> None:
        own = {"marcus", "feld"}
        assert strangers_in("Does Marcus Feld know Anna Berg?", own) == ["Anna Berg"]
        assert strangers_in("Where is he on Monday? I wonder. Well", own) == []
        assert strangers_in("WHERE IS HE?", own) == []
