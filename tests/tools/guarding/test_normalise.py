"""One spelling for every disguise."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.guarding.normalise import Skeleton, normalise, skeleton, skeletons, words

PATIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    "disguised",
    [
        "MARCUS FELD", "  marcus\t\nfeld ", "Márçus Fëld", "Mаrсus Fеld", "ＭＡＲＣＵＳ ＦＥＬＤ",
        "𝓜𝓪𝓻𝓬𝓾𝓼 𝕱𝖊𝖑𝖉", "Ⓜⓐⓡⓒⓤⓢ Ⓕⓔⓛⓓ", "Mar\u200bcus Fe\u00adld", "\u202eMarcus\u202c Feld",
        "Ма\u0301rcus Feld", "marcus_feld", "Marcus-Feld", "Marcus Feld's", "Mar\x00cus Feld",
        "ΜARCUS FELD", "'Marcus' «Feld»!", "Marcus\u00a0Feld",
    ],
)  # fmt: skip
def test_a_disguised_name_reads_like_the_plain_one(disguised: str) -> None:
    assert normalise(disguised) == "marcus feld"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Łódź", "lodz"), ("Straße", "strasse"), ("Ægir", "aegir"), ("O’Brien’s", "obrien"),
        ("James' car", "james car"), ("don't", "dont"), ("555-1234", "555 1234"), ("٥٥", "55"),
        ("½ cup", "1 2 cup"), ("", ""), ("...", ""), ("马库斯", "马库斯"), ("I'm", "im"),
    ],
)  # fmt: skip
def test_accents_strokes_digits_and_apostrophes(text: str, plain: str) -> None:
    assert normalise(text) == plain


@PATIENT
@given(ANY_TEXT)
def test_normalising_twice_changes_nothing_and_never_raises(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@PATIENT
@given(ANY_TEXT)
def test_words_are_read_in_order_and_from_the_text(text: str) -> None:
    found = words(text)
    assert [word.start for word in found] == sorted(word.start for word in found)
    assert all(0 <= word.start < word.end <= len(text) for word in found)


@pytest.mark.parametrize(
    "disguised",
    ["M a r c u s  F e l d", "M.A.R.C.U.S. F.E.L.D.", "M4rcu5 F3ld", "MarcusFeld", "Ma rc us Feld",
     "m-4-r-c-u-5 f-3-1-d", "M@rcu$ Feld", "#marcus_feld"],
)  # fmt: skip
def test_a_skeleton_ignores_spacing_and_look_alikes(disguised: str) -> None:
    assert any(skeleton("Marcus Feld") in reading.text for reading in skeletons(disguised))


def test_signs_at_the_end_of_a_word_stay_punctuation() -> None:
    assert [reading.text for reading in skeletons("Marcus Feld!")] == [skeleton("Marcus Feld")]


def test_an_address_keeps_its_at_sign_apart() -> None:
    assert {reading.text for reading in skeletons("wren29@postling.com")} == {
        skeleton("wren29 postling com")
    }


@PATIENT
@given(ANY_TEXT)
def test_every_letter_of_a_skeleton_has_a_place_in_the_text(text: str) -> None:
    letters = Skeleton(text)
    for start in range(len(letters.text)):
        first, last = letters.span(start, start + 1)
        assert 0 <= first < last <= len(text)


def test_a_span_points_at_the_words_as_typed() -> None:
    text = "Who is M a r c u s Feld's dad?"
    letters = Skeleton(text)
    start = letters.text.index(skeleton("Marcus Feld"))
    first, last = letters.span(start, start + len("marcusfeld"))
    assert text[first:last] == "M a r c u s Feld"
