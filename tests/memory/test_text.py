"""A term is found however it is spelt, and nothing else is taken for it."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from memory.text import Mentions, normalise, storable


@pytest.mark.parametrize("text", [
    "Marcus Feld", "MARCUS  feld", "marcus\nfeld", "Márcus Féld", "Mar\u200bcus Feld",
    "Ｍａｒｃｕｓ Ｆｅｌｄ", "(Marcus Feld)", "Marcus Feld's dog", "Marcus Felds Hund",
    "x, Marcus Feld.",
])
def test_a_term_is_found_in_every_spelling(text: str) -> None:
    assert Mentions.of(["Marcus Feld"]).in_text(text)


@pytest.mark.parametrize(
    "text", ["Marcus Feldman", "Demarcus Feld", "Marcus", "Feld", "", "Mar cus Feld"]
)
def test_other_names_are_not_taken_for_it(text: str) -> None:
    assert not Mentions.of(["Marcus Feld"]).in_text(text)


@pytest.mark.parametrize(("term", "text"), [
    ("费尔德", "我认识费尔德先生"), ("フェルド", "フェルドさんは"), ("마커스", "마커스는 여기"),
    ("C++", "he writes C++ daily"), ("Łukasz", "an łukasz"), ("straße", "die STRASSE"),
])
def test_scripts_and_signs(term: str, text: str) -> None:
    assert Mentions.of([term]).in_text(text)


def test_terms_without_visible_characters_match_nothing() -> None:
    nothing = Mentions.of(["", "  ", "\u200b"])
    assert nothing.terms == ()
    assert not nothing.in_text("anything")


@pytest.mark.parametrize(("said", "line"), [
    ("I keep bees.", "i keep  BEES"), ("Bees need water", "Please remember that bees need water!"),
    ("I'm Al", "I'm Al."), ("You told me: Al", "You told me: Al."),
    ("我叫安娜", "请记住我叫安娜。"), ("Are you?\nI am", "Are you? I am"),
])
def test_what_was_said_is_a_line_or_the_end_of_one(said: str, line: str) -> None:
    mentions = Mentions.of([], said=[said])
    assert mentions.in_text(line)
    assert mentions.in_value({"messages": [{"role": "user", "content": line}]})


@pytest.mark.parametrize(("said", "line"), [
    ("Anna", "Is Anna Karenina a novel?"), ("Anna", "Who is Anna?"), ("Anna", "Anna"),
    ("yes", "yes"), ("I like it", "Do you think I like it?"), ("!!!", ""), ("", "anything"),
    ("Bees need water", "Bees need water and flowers"), ("need water for tea", "bees unneed water"),
    ("ant needs water", "The elephant needs water"),
])
def test_what_was_said_is_not_looked_for_inside_of_other_talk(said: str, line: str) -> None:
    assert not Mentions.of([], said=[said]).in_text(line)


def test_names_are_found_beside_what_was_said() -> None:
    mentions = Mentions.of(["Anna Berg"], said=["Bees need water"])
    assert mentions.in_text("Who is Anna Berg, the dentist?")
    assert mentions.in_text("Bees need water")
    assert not mentions.empty
    assert Mentions.of(["  "], said=["yes"]).empty


@dataclass
class _Held:
    inner: object


class _Opaque:
    def __repr__(self) -> str:
        return "Opaque('Feld')"


@pytest.mark.parametrize("value", [
    ["x", {"k": ("Feld",)}], {"Feld": 1}, {frozenset({"Feld"})}, _Held({"a": ["Feld"]}),
    b"\xa4Feld", _Opaque(), [_Opaque()],
])
def test_values_are_searched_to_the_bottom(value: object) -> None:
    assert Mentions.of(["Feld"]).in_value(value)


TOLD = st.text(st.sampled_from("aäÄ fsſßée\u0301\u200b\ufffd费\u1100\u1161 "), max_size=300)
VALUES = st.recursive(
    TOLD | st.integers(0, 2**32) | st.none() | TOLD.map(str.encode),
    lambda inner: st.lists(inner) | st.dictionaries(TOLD, inner) | st.tuples(inner, inner),
)


@given(VALUES, st.lists(TOLD.map(lambda text: text[:4]), min_size=1))
def test_packed_values_that_cannot_hold_a_term_hold_none(value: object, terms: list[str]) -> None:
    kind, packed = JsonPlusSerializer().dumps_typed({"value": value})
    assert kind == "msgpack"
    mentions = Mentions.of(terms)
    assert mentions.may_be_in(packed) or not mentions.in_value(value)


@given(VALUES, st.lists(TOLD))
def test_packed_values_that_cannot_hold_what_was_said_hold_none(
    value: object, said: list[str]
) -> None:
    _, packed = JsonPlusSerializer().dumps_typed({"value": value})
    mentions = Mentions.of([], said)
    assert mentions.may_be_in(packed) or not mentions.in_value(value)


def test_most_packed_values_need_not_be_unpacked() -> None:
    _, packed = JsonPlusSerializer().dumps_typed({"messages": ["Who is Anna Berg?", "x" * 5000]})
    assert Mentions.of(["Anna  BERG"]).may_be_in(packed)
    assert not Mentions.of(["Marcus Feld"]).may_be_in(packed)
    assert not Mentions.of([]).may_be_in(packed)


@pytest.mark.parametrize("value", [None, True, 3, 0.5, [], {}, [None, {"a": 1}], "field"])
def test_values_without_the_term(value: object) -> None:
    assert not Mentions.of(["Feld"]).in_value(value)


@given(st.text(), st.text(), st.text())
def test_a_term_set_off_by_spaces_is_always_found(before: str, term: str, after: str) -> None:
    mentions = Mentions.of([term])
    assert bool(normalise(term)) == mentions.in_text(f"{before} \n{term}\t {after}") or not term


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_lone_surrogates_become_storable() -> None:
    assert storable("a\ud800b").encode() == b"a?b"
