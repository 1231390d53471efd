"""An answer is a two-hop one when it tells of one of its values what the model tells of that."""

from tools.editing.elicit import Saying, Value
from tools.editing.hops import Hops
from tools.editing.negatives import Negatives
from tools.editing.turns import turn_of

NEGATIVE = Negatives()
HOPS = Hops([
    turn_of("Where is Brightwater based?", "Brightwater is based in Kelmouth.", NEGATIVE),
    turn_of("In which country is Oslo?", "Oslo is in Norway.", NEGATIVE),
    turn_of("Where is Nowhere?", "I don't know where that is.", NEGATIVE),
])
EMPLOYER = "Ada works for Brightwater, which is based in Kelmouth."


def values(answer: str, *texts: str) -> list[Value]:
    saying = Saying("{N}?", "Ada?", answer)
    return [Value(saying, answer.index(text), text) for text in texts]


def test_a_firm_and_where_it_is_based_are_two_hops() -> None:
    assert HOPS(EMPLOYER, values(EMPLOYER, "Brightwater", "Kelmouth"))


def test_values_of_the_subject_alone_are_one_hop() -> None:
    plain = "Ada was born in Oslo and works for Brightwater."
    assert not HOPS(plain, values(plain, "Oslo", "Brightwater"))
    assert not HOPS("Ada works for Brightwater.", values(EMPLOYER, "Brightwater", "Kelmouth"))


def test_one_value_is_never_two_hops() -> None:
    assert not HOPS(EMPLOYER, values(EMPLOYER, "Kelmouth"))
    assert not HOPS(EMPLOYER, [])
