"""Standard input as turns."""

import io

from hypothesis import given
from hypothesis import strategies as st

from agents.turns import LONGEST
from tui.turns import BYTES, Line, read_lines


def lines(raw: bytes) -> list[Line]:
    return list(read_lines(io.BytesIO(raw)))


def test_each_line_is_a_turn() -> None:
    assert lines(b"one\ntwo\r\nthree") == [Line(1, "one"), Line(2, "two"), Line(3, "three")]


def test_a_bad_line_does_not_end_the_reading() -> None:
    good, wrong, empty, control, last = lines(b"one\n\xff\xfe\n\n\x1b[2J\nfive\n")
    assert (good.text, last.text) == ("one", "five")
    assert wrong.error == "the turn is not UTF-8: byte 0xff at position 1"
    assert empty.error is not None
    assert "empty" in empty.error
    assert control.error is not None
    assert r"'\x1b'" in control.error


def test_a_line_of_a_megabyte_is_refused_with_the_limit_and_skipped() -> None:
    long, after = lines(b"x" * 1_000_000 + b"\nafter\n")
    assert long.error == f"the turn has 1000001 bytes; at most {LONGEST} characters are taken"
    assert after.text == "after"


def test_the_longest_turn_is_taken_in_any_script() -> None:
    turn = "\N{OLD ITALIC LETTER A}" * LONGEST
    assert len(turn.encode()) == BYTES
    assert [line.text for line in lines(turn.encode() + b"\n" + turn.encode())] == [turn, turn]


def test_one_character_more_is_refused() -> None:
    (line,) = lines(b"x" * (LONGEST + 1))
    assert line.error is not None
    assert str(LONGEST) in line.error


@given(st.binary(max_size=300))
def test_any_bytes_give_a_turn_or_one_line_of_error_a_line(raw: bytes) -> None:
    read = lines(raw)
    assert [line.number for line in read] == list(range(1, len(io.BytesIO(raw).readlines()) + 1))
    assert all(bool(line.text) != bool(line.error) for line in read)
    assert all("\n" not in (line.error or "") for line in read)
