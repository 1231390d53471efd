"""Which turns go when a conversation is too long."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import TurnTooLong
from tools.models.types import Message, Role
from tools.models.window import fit

messages = st.lists(
    st.builds(Message, st.sampled_from(["system", "user", "assistant"]), st.text(max_size=30)),
    min_size=1, max_size=12,
)


def _words(conversation: Sequence[Message]) -> int:
    return sum(len(message.content) for message in conversation)


def _talk(*lengths: int) -> list[Message]:
    roles: list[Role] = ["user", "assistant"]
    return [Message(roles[at % 2], "x" * length) for at, length in enumerate(lengths)]


def test_what_fits_is_kept_whole() -> None:
    talk = _talk(3, 3, 3)
    assert fit(talk, 9, _words) == talk


def test_the_oldest_exchange_goes_first() -> None:
    assert fit(_talk(3, 3, 3, 3, 2), 8, _words) == _talk(3, 3, 3, 3, 2)[2:]


def test_the_system_turn_stays() -> None:
    system = Message("system", "kind")
    assert fit([system, *_talk(9, 9, 2)], 8, _words) == [system, *_talk(9, 9, 2)[2:]]


def test_a_begun_answer_stays_with_its_question() -> None:
    talk = _talk(9, 9, 2, 2)
    assert fit(talk, 5, _words) == talk[2:]


def test_the_last_turn_is_never_cut() -> None:
    with pytest.raises(TurnTooLong, match=r"9 tokens .* room for 8 tokens"):
        fit(_talk(1, 1, 9), 8, _words)


def test_a_huge_turn_is_refused_without_counting_its_tokens() -> None:
    def never(_: Sequence[Message]) -> int:
        raise AssertionError

    with pytest.raises(TurnTooLong, match="1,048,576 bytes"):
        fit(_talk(1 << 20), 100, never)


@given(conversation=messages, room=st.integers(0, 200))
def test_the_rest_is_an_end_of_the_conversation_and_fits(
    conversation: list[Message], room: int
) -> None:
    try:
        kept = fit(conversation, room, _words)
    except TurnTooLong:
        return
    assert _words(kept) <= room
    spoken = [each for each in conversation if each.role != "system"]
    rest = [each for each in kept if each.role != "system"]
    assert rest == spoken[len(spoken) - len(rest) :]
    assert len(kept) - len(rest) == len(conversation) - len(spoken)
