""" "That", "him" and "the last thing" point to what the user said before."""

import pytest

from tools.watching.references import named_things, resolve
from tools.watching.watcher import gather


@pytest.mark.parametrize(
    ("text", "history", "subject"),
    [
        ("Forget that.", ["I was born in Graz"], "I was born in Graz"),
        ("Forget what I just said", ["Hello!", "My cat is Biscuit."], "My cat is Biscuit."),
        ("Forget the last thing", ["I owe Tom 300 euros", "How are you?"], "I owe Tom 300 euros"),
        ("Forget that", ["Remember that my car is red"], "my car is red"),
        ("Forget him", ["Who is Marcus Feld?"], "Marcus Feld"),
        ("Forget everything about her", ["Hannah Osei called", "Thanks"], "Hannah Osei"),
        ("Forget that", ["Who is Marcus Feld?"], "Marcus Feld"),
        ("I broke up with Jim Doe. Forget him.", ["Ann Lee is nice"], "Jim Doe"),
        ("Forget that", [], None),
        ("Forget him", ["what time is it?"], None),
        ("Forget Marcus Feld", ["I was born in Graz"], "Marcus Feld"),
    ],
)
def test_reference(text: str, history: list[str], subject: str | None) -> None:
    evidence = gather(text)
    assert evidence.order is not None
    before = evidence.reading.text[: evidence.order.start]
    assert resolve(evidence.subject, history, before).text == subject


def test_names_are_capitalised_words_that_do_not_only_start_a_sentence() -> None:
    assert named_things("Who is Marcus Feld? Does he know Ludwig van Beethoven's Ninth?") == [
        "Marcus Feld", "Ludwig van Beethoven's Ninth",
    ]
    assert named_things("how old is my sister?") == ["my sister"]
