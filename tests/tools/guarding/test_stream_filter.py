"""Nothing forbidden is ever shown, however the stream is cut."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.guarding.cast import FELD
from tools.guarding.guard import Guard
from tools.guarding.normalise import skeleton
from tools.guarding.stream_filter import LONGEST, Blocked, StreamFilter
from tools.guarding.targets import Match, Target, TargetIndex

PATIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

MATCH = Match("r", "value", 1.0, -1, (0, 1), "")
SECRETS = ("The Glass Meridian", "555-1234", "wren29@postling.com", "Dr. Vesna Holt")
WINDOW = 4


def secrets() -> TargetIndex:
    index = TargetIndex()
    index.add(Target("r", SECRETS[3], values=SECRETS[:3]))
    return index


INDEX = secrets()


def hold() -> StreamFilter:
    return StreamFilter(lambda text: INDEX.match([text]), INDEX.unfinished, window=WINDOW)


def shown_of(pieces: list[str], held: StreamFilter) -> tuple[str, bool]:
    """Everything shown of `pieces`, and whether the filter stopped them."""
    shown, released = "", None
    try:
        for piece in pieces:
            shown += held.feed(piece)
        shown += held.finish()
    except Blocked as blocked:
        released = blocked.released
    assert released in (None, shown)
    return shown, released is not None


def cut(text: str, places: list[int]) -> list[str]:
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in pairwise(edges)]


FILLER = st.lists(
    st.sampled_from(["It rains.", "Well, yes!", "The sea is blue", "the", "glass", "Dr.", "555",
                     "\n", "Nobody knows that. ", "x" * 30, "And then? ", "The Glass"]),
    max_size=6,
).map(" ".join)  # fmt: skip
CUTS = st.lists(st.integers(0, 10_000), max_size=12)


@PATIENT
@given(FILLER, st.sampled_from(SECRETS), FILLER, CUTS)
def test_no_prefix_of_a_secret_beyond_the_window_is_shown(
    before: str, secret: str, after: str, places: list[int]
) -> None:
    text = f"{before} {secret} {after}"
    shown, stopped = shown_of(cut(text, places), hold())
    assert stopped
    assert text.startswith(shown)
    begins = len(before) + 1
    assert len(shown) <= begins + WINDOW


@PATIENT
@given(st.text(max_size=200), st.sampled_from(SECRETS), st.text(max_size=80), CUTS)
def test_whatever_stands_around_a_secret_it_is_not_shown(
    before: str, secret: str, after: str, places: list[int]
) -> None:
    text = f"{before} {secret} {after}"
    strict = StreamFilter(
        lambda said: MATCH if INDEX.mentions(said) else None, INDEX.unfinished, window=WINDOW
    )
    shown, stopped = shown_of(cut(text, places), strict)
    assert stopped
    assert text.startswith(shown)
    assert len(shown) <= len(before) + 1 + WINDOW


@PATIENT
@given(st.sampled_from(SECRETS), st.sampled_from(["", "It is ", "So. It is "]), CUTS)
def test_a_stream_that_breaks_off_inside_a_secret_shows_no_more_than_the_window(
    secret: str, before: str, places: list[int]
) -> None:
    for end in range(1, len(secret)):
        held = hold()
        pieces = cut(f"{before}{secret[:end]}", places)
        shown = "".join(map(held.feed, pieces)) + held.finish()
        assert len(shown) <= len(before) + WINDOW


@PATIENT
@given(st.text(st.characters(exclude_characters=".!?…。！？\n"), max_size=LONGEST), CUTS)
def test_the_first_text_waits_for_one_sentence_at_most(sentence: str, places: list[int]) -> None:
    held = StreamFilter(lambda _text: None)
    first = f"{sentence}."
    shown = "".join(map(held.feed, cut(f"{first} A", places)))
    assert shown == first


@PATIENT
@given(FILLER, st.sampled_from(["", *SECRETS]), FILLER, CUTS)
def test_what_is_shown_does_not_depend_on_the_cuts(
    before: str, secret: str, after: str, places: list[int]
) -> None:
    text = f"{before} {secret} {after}"
    one, stopped = shown_of([text], hold())
    by_letter, stopped_too = shown_of(list(text), hold())
    cut_up, stopped_also = shown_of(cut(text, places), hold())
    assert stopped == stopped_too == stopped_also
    assert one == by_letter == cut_up


@PATIENT
@given(st.text(max_size=300), CUTS)
def test_harmless_text_comes_out_whole(text: str, places: list[int]) -> None:
    held = StreamFilter(lambda _text: None)
    assert shown_of(cut(text, places), held) == (text, False)


def test_a_sentence_is_shown_as_soon_as_it_is_over() -> None:
    held = hold()
    assert held.feed("It rains") == ""
    assert held.feed(".") == ""
    assert held.feed(" And") == "It rains."
    assert held.finish() == " And"


def test_a_sentence_without_an_end_does_not_wait_for_ever() -> None:
    held = hold()
    assert len(held.feed("word " * LONGEST)) > LONGEST


def test_a_decimal_point_ends_no_sentence() -> None:
    assert hold().feed("It costs 3.14 in all") == ""


def test_a_secret_over_two_sentences_is_held_from_its_beginning() -> None:
    held = hold()
    assert held.feed("It was Dr. Vesna. ") == "It was Dr."
    assert held.feed("She left. ") == " Vesna. She left."
    assert held.feed("No, Dr. Vesna. ") == " No, Dr."
    with pytest.raises(Blocked) as blocked:
        held.feed("Holt, I mean. ")
    assert blocked.value.released.endswith(" No, Dr.")


def test_an_end_that_breaks_off_inside_a_secret_is_cut_away() -> None:
    held = hold()
    assert held.feed("It is The Glass Merid") + held.finish() == "It is "


def test_what_comes_before_a_secret_in_the_same_chunk_is_shown() -> None:
    held = hold()
    assert held.feed("It rains. Well. It is The Glass Meridian. Yes. ") == "It rains. Well."
    with pytest.raises(Blocked) as blocked:
        held.finish()
    assert blocked.value.released == "It rains. Well."


def test_the_match_travels_with_the_outcome() -> None:
    held = StreamFilter(lambda text: MATCH if "bad" in text else None)
    with pytest.raises(Blocked) as blocked:
        held.feed("bad.\n")
    assert blocked.value.match is MATCH


def test_the_guards_own_filter_lets_the_typed_name_pass_but_no_value() -> None:
    guard = Guard()
    guard.register(FELD)
    question = "Where was Marcus Feld born?"
    refusal = "I don't have any information about Marcus Feld."
    assert shown_of([refusal], guard.filter(question)) == (refusal, False)
    shown, stopped = shown_of(["Good question. ", "In Oslo."], guard.filter(question))
    assert (shown, stopped) == ("Good question.", True)
    assert skeleton("Oslo") not in skeleton(shown)
