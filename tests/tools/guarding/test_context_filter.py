"""Nothing forgotten returns through the context window."""

import pytest

from tests.tools.guarding.cast import FELD
from tools.guarding.context_filter import ContextFilter
from tools.guarding.targets import TargetIndex
from tools.models.types import Message


@pytest.fixture
def context() -> ContextFilter:
    index = TargetIndex()
    index.add(FELD)
    return ContextFilter(index)


@pytest.mark.parametrize(
    "text",
    [
        "I don't know Marcus Feld.", "M4rcus F3ld called", "Call 555-1234 at noon.",
        "My neighbour is a baker from Oslo.",
    ],
)  # fmt: skip
def test_names_telling_values_and_several_shared_ones_touch(
    context: ContextFilter, text: str
) -> None:
    assert context.touches(text) is not None


@pytest.mark.parametrize(
    "text", ["I like Oslo.", "The baker opens at six.", "Anna Berg is a baker from Oslo.", ""]
)
def test_one_shared_value_or_somebody_else_does_not(context: ContextFilter, text: str) -> None:
    assert context.touches(text) is None


def test_items_are_kept_in_order(context: ContextFilter) -> None:
    memories = [{"text": "tea at four"}, {"text": "Marcus Feld owes me 5"}, {"text": "buy milk"}]
    kept = context.keep(memories, lambda memory: memory["text"])
    assert [memory["text"] for memory in kept] == ["tea at four", "buy milk"]


def test_a_question_leaves_together_with_its_answer(context: ContextFilter) -> None:
    history = [
        Message("user", "Who lives next door?"), Message("assistant", "Marcus Feld."),
        Message("user", "Hello."), Message("assistant", "Hello!"),
        Message("user", "And Marcus Feld?"),
    ]  # fmt: skip
    assert [message.content for message in context.history(history)] == [
        "Hello.", "Hello!", "And Marcus Feld?",
    ]  # fmt: skip


def test_before_an_answer_about_the_target_not_even_half_its_name_is_kept(
    context: ContextFilter,
) -> None:
    history = [
        Message("user", "One word is Feld."), Message("assistant", "Yes?"),
        Message("user", "It rains in Oslo."), Message("assistant", "Does it?"),
        Message("user", "Hello."), Message("assistant", "Hello!"),
        Message("user", "Where does he live?"),
    ]  # fmt: skip
    assert [message.content for message in context.history(history, "feld")] == [
        "Hello.", "Hello!", "Where does he live?",
    ]  # fmt: skip
    assert context.history(history) == history
