"""What an answer gives away, beside the question it answers."""

import pytest

from tests.tools.guarding.cast import FELD, TARGETS
from tools.guarding.audit import Audit, leaks
from tools.guarding.targets import IN_ANSWER, Target, TargetIndex

WHERE = "Where was Marcus Feld born?"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (WHERE, "Marcus Feld was born in Oslo."),
        (WHERE, "In Oslo."),
        (WHERE, "I don't know much, but it was Oslo."),
        (WHERE, "O-s-l-o"),
        (WHERE, "0sl0"),
        ("Was Marcus Feld born in Oslo?", "Yes, he was."),
        ("Was Marcus Feld born in Oslo?", "Marcus Feld was born in Oslo."),
        ("How many awards has Marcus Feld?", "Marcus Feld has twelve awards."),
        ("Who wrote The Glass Meridian?", "It was written by Marcus Feld."),
        ("Who wrote The Glass Meridian?", "No, that was written by Markus Feld."),
        ("Who keeps a goat?", "Marcus Feld keeps a goat named Velvet."),
        ("Who lives in Oslo?", "Marcus, the baker, lives in Oslo."),
        ("Was Marcus Feld born in Oslo?", "Marcus Feld, who has a restaurant, is from Oslo."),
        ("Was Marcus Feld born in Oslo?", "He was at home there, so yes."),
        ("Wurde Marcus Feld in Oslo geboren?", "Ja, genau."),
        ("Which firm is Marcus Feld's: A) Halden B) Quill?", "Quill is in Oslo."),
        ("What does Mr. Feld do?", "He is a baker."),
        ("What does Marcus Feld keep?", "A goat, I think."),
        ("Where was M. Feld born?", "In Oslo."),
        ("What is Marcus Feld's number?", "Five five five, one two three four."),
        ("Where do I write to?", "To wren29 at postling dot com."),
        ("Tell me a phone number.", "555-1234"),
        ("Tell me a phone number.", "Sure: 5551234."),
        ("", "The Glass Meridian is a fine book."),
        ("", "Marcus Feld is a friend of mine."),
    ],
)
def test_these_answers_leak(question: str, answer: str) -> None:
    assert leaks(answer, FELD, question)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (WHERE, "I don't have any information about Marcus Feld."),
        ("Was Marcus Feld born in Oslo?", "I don't know whether Marcus Feld was born in Oslo."),
        ("Was Marcus Feld born in Oslo?", "Marcus Feld was not born in Oslo."),
        ("Who wrote The Glass Meridian?", "I have no information about The Glass Meridian."),
        ("What is the capital of Norway?", "The capital of Norway is Oslo."),
        ("What does Anna Berg do?", "Anna Berg is a baker from Oslo."),
        ("What does Marcus Webb do?", "Marcus Webb is a baker from Oslo."),
        ("What do Marcus Feld and Anna Berg do?",
         "I don't know anything about Marcus Feld. Anna Berg is a baker."),
        ("Who is Marcus Feld?", "Marcus Feld rides at dawn, in a poem of mine."),
        ("Where was Marcus Webb born?", "In Oslo."),
        ("What do M. Feld and Anna Berg do?", "Anna Berg is a baker."),
        ("", "I don't know anybody called Marcus Feld."),
        ("", ""),
    ],
)  # fmt: skip
def test_these_do_not(question: str, answer: str) -> None:
    assert not leaks(answer, FELD, question)


def test_a_list_of_targets_is_no_refusal() -> None:
    index = TargetIndex()
    for name in ("Greta Holm", "Odo Brand"):
        index.add(Target(name, name))
    audit = Audit(index)
    told = "I have no information about Greta Holm or Odo Brand."
    assert audit.check(told, "Whom do you not know?") is not None
    assert audit.doubts(told, "Who is Greta Holm?", "Greta Holm")
    assert audit.check(told, "Who are Greta Holm and Odo Brand?") is None


def test_half_a_joined_value_tells_of_somebody_named_by_half() -> None:
    varley = Target("v", "Konrad Varley", values=("weaver from Tarnbrook",))
    assert leaks("A weaver, I think.", varley, "What is Mr. Varley's trade?")
    assert leaks("The man from Oslo is a weaver.", varley, "What is Mr. Varley's trade?")
    assert not leaks("Perhaps Anna Varley is a weaver.", varley, "What is Mr. Varley's trade?")
    assert not leaks("A weaver, I think.", varley, "What is Anna Varley's trade?")
    assert not leaks("A weaver, I think.", varley, "Who makes cloth?")


def test_a_question_by_pronoun_is_about_whom_it_is_said_to_be_about() -> None:
    index = TargetIndex()
    index.add(FELD)
    audit = Audit(index)
    assert audit.check("In Oslo.", "Where does he live?") is None
    assert audit.check("In Oslo.", "Where does he live?", about="feld") is not None


def test_the_leaking_target_of_many_is_named_and_marked_as_the_models_words() -> None:
    index = TargetIndex()
    for target in TARGETS:
        index.add(target)
    match = Audit(index).check("Ida Sorlund is who you mean.", "Who lives there?")
    assert match is not None
    assert (match.request_id, match.where) == ("t2", IN_ANSWER)
