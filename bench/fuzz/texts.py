"""Strategies for text and bytes that nobody would type: control characters, halves of characters,
numbers without end, nesting without end, and good files with something wrong in them."""

from hypothesis import strategies as st

ANY_CHARACTER = st.characters(exclude_categories=())
"""Lone surrogates too, which is how Python hands on bytes that are not UTF-8."""

ODD = st.sampled_from([
    "", " ", "-", "--", "---", "=", "~", "~nobody-of-that-name", "/", ".", "..", "\x00", "\x1b[2J",
    "\n", "\r\n",
    "\u2028", "\u200b", "\ufeff", "\udcff", "\ud800", "²", "٣", "1e999", "nan", "inf", "-1", "0",
    "9" * 25, "9" * 5000, "0x" + "f" * 5000, "true", "null", "[" * 3000, "{" * 3000, "x" * 5000,
    "%s", "%(prog)s", "{0}", "$HOME", "'", '"', "\\", "r1", "r" + "9" * 30, "Marcus Feld",
])  # fmt: skip

TEXT = ODD | st.text(ANY_CHARACTER, max_size=40)


def damaged(good: bytes) -> st.SearchStrategy[bytes]:
    """`good` cut, with bytes changed, with a stretch replaced or doubled; or other bytes at all."""
    place = st.integers(0, len(good))
    flips = st.lists(st.tuples(place, st.integers(0, 255)), min_size=1, max_size=6)
    stretch = st.tuples(place, place, st.binary(max_size=24) | NUMBERS)
    return st.one_of(
        place.map(lambda end: good[:end]),
        flips.map(lambda changes: _flipped(good, changes)),
        stretch.map(lambda cut: good[: min(cut[:2])] + cut[2] + good[max(cut[:2]) :]),
        stretch.map(lambda cut: good[: cut[0]] + cut[2] + good[cut[0] + len(cut[2]) :]),
        st.binary(max_size=200),
        st.binary(max_size=60).map(lambda tail: good[:8] + tail),
    )


NUMBERS = st.one_of(
    st.integers(0, 2**64 - 1).map(lambda number: number.to_bytes(8, "little")),
    st.integers(0, 2**32 - 1).map(lambda number: number.to_bytes(4, "little")),
    st.sampled_from([2**63, 2**62, 2**40, 2**32, 2**31, 0]).map(lambda n: n.to_bytes(8, "little")),
)
"""Lengths and counts as files hold them, most of them far too large."""


def _flipped(good: bytes, changes: list[tuple[int, int]]) -> bytes:
    data = bytearray(good)
    for place, value in changes:
        if place < len(data):
            data[place] = value
    return bytes(data)
