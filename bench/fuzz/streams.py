"""The stream filter: however a text is cut, the same is shown, nothing of a secret, all of the
rest."""

from itertools import pairwise

from hypothesis import strategies as st

from bench.fuzz.target import Target
from bench.fuzz.texts import ANY_CHARACTER
from tools.guarding.stream_filter import LONGEST, WINDOW, Blocked, StreamFilter
from tools.guarding.targets import Match, TargetIndex
from tools.guarding.targets import Target as Forgotten

SECRETS = ("The Glass Meridian", "555-1234", "wren29@postling.com", "Dr. Vesna Holt")
MATCH = Match("r", "value", 1.0, -1, (0, 1), "")

FILLER = st.sampled_from([
    "It rains.", "Well, yes!", "The sea is blue", "the", "glass", "Dr.", "555", "\n", "…", "。",
    "Nobody knows that. ", "x" * (LONGEST + 7), "word " * 90, "And then? ", "The Glass", '."', " ",
])  # fmt: skip
PASSAGE = st.lists(FILLER | st.text(ANY_CHARACTER, max_size=20), max_size=7).map(" ".join)
CUTS = st.lists(st.integers(0, 10_000), max_size=12)
STREAM = st.tuples(PASSAGE, st.sampled_from(["", *SECRETS]), PASSAGE, CUTS)
Stream = tuple[str, str, str, list[int]]


def _index() -> TargetIndex:
    index = TargetIndex()
    index.add(Forgotten("r", SECRETS[3], values=SECRETS[:3]))
    return index


INDEX = _index()


def filtered(pieces: list[str], held: StreamFilter) -> tuple[str, bool]:
    """Everything shown of `pieces`, and whether the filter stopped them."""
    shown, released = "", None
    try:
        for piece in pieces:
            shown += held.feed(piece)
        shown += held.finish()
    except Blocked as blocked:
        released = blocked.released
    assert released in (None, shown), "it did not say what had been shown"
    return shown, released is not None


def cut(text: str, places: list[int]) -> list[str]:
    """`text` in pieces, cut at `places` (modulo its length)."""
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in pairwise(edges)]


def check_stream(stream: Stream) -> None:
    """Cut in three ways, one text: the same is shown; to a secret, or to the end."""
    before, secret, after, places = stream
    text = f"{before} {secret} {after}" if secret else f"{before} {after}"
    ways = ([text], list(text), cut(text, places))
    outcomes = {filtered(way, _strict()) for way in ways}
    assert len(outcomes) == 1, f"what is shown depends on the cuts: {outcomes!r}"
    shown, stopped = outcomes.pop()
    assert text.startswith(shown), "something else was shown"
    assert {filtered(way, StreamFilter(lambda _: None)) for way in ways} == {(text, False)}
    if secret:
        assert stopped, "a secret passed"
        assert len(shown) <= len(before) + 1 + WINDOW, "part of a secret was shown"
    elif not stopped:
        held_back = text[len(shown) :]
        assert not held_back or INDEX.unfinished(text) is not None, f"lost: {held_back!r}"


def _strict() -> StreamFilter:
    return StreamFilter(
        lambda said: MATCH if INDEX.mentions(said) else None, INDEX.unfinished, window=WINDOW
    )


def stream_target() -> Target:
    """The filter."""
    return Target("stream filter", STREAM, check_stream, 4)
