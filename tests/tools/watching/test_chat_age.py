"""How long conversations are to be kept, told from everything that sounds nearly like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.watching import Watcher
from tools.watching.chat_age import LONGEST, chat_age, days_of
from tools.watching.reading import read
from tools.watching.utterances.rows import Split, load

ORDERS = {
    "forget chats after 30 days": 30,
    "Forget my chats after 30 days.": 30,
    "keep my conversations for two weeks": 14,
    "keep chats forever": None,
    "Please delete all my old conversations after a month": 30,
    "could you forget every chat after one week?": 7,
    "From now on, forget conversations after 90 days, please": 90,
    "delete conversations older than a year": 365,
    "Delete chats that are older than 6 months!": 180,
    "forget our conversations once they are older than ten days": 10,
    "keep chats for at most 3 days": 3,
    "only keep my chat history for half a year": 182,
    "don't keep my chats longer than a fortnight": 14,
    "Don’t keep conversations for more than 7 days": 7,
    "never delete my chats": None,
    "stop forgetting old chats": None,
    "keep all conversations indefinitely": None,
    "automatically delete sessions after a day": 1,
}  # fmt: skip

NEAR_MISSES = [
    "forget the chat about 30 days of rain",
    "forget the chats about 30 days of rain",
    "forget our conversation 30 days after the flood",
    "forget this chat after 30 days",
    "forget chats",
    "forget everything about chats after 30 days",
    "forget my chats after 30 days of silence from Anna",
    "forget Marcus Feld after 30 days",
    "keep my conversation with Anna for two weeks",
    "I keep my conversations for two weeks",
    "keep the milk for two weeks",
    "Does Signal delete chats after 30 days?",
    "How do I make WhatsApp forget chats after 30 days?",
    "Should I forget chats after 30 days?",
    "WhatsApp will delete chats after 30 days",
    "Why would you forget chats after 30 days",
    "don't forget chats after 30 days",
    "delete the chats after 30 people joined",
    "delete the chat room after 30 days",
    '"forget chats after 30 days"',
    "She said: forget chats after 30 days",
    "Translate: keep chats forever",
    "keep chats forever young",
    "keep chats forever?",
    "forget chats after 30 days?",
    "keep talking forever",
    "forget chats after 30 days\nand sing",
    "remember that chats go after 30 days",
    "What happens if you forget chats after 30 days?",
    "never forget our talks in Rome",
    "`forget chats after 30 days`",
]


@pytest.mark.parametrize(("text", "days"), ORDERS.items())
def test_an_order_gives_its_days(text: str, days: int | None) -> None:
    said = chat_age(read(text))
    assert said is not None
    assert said in text
    assert days_of(said) == days


@pytest.mark.parametrize("text", NEAR_MISSES)
def test_nearly_the_same_words_are_no_such_order(text: str) -> None:
    assert chat_age(read(text)) is None


@pytest.mark.parametrize("rows", ["heldout", "train", "written"])
def test_no_utterance_that_the_reader_was_made_on_changes_its_meaning(rows: Split) -> None:
    assert [row["text"] for row in load(rows) if chat_age(read(row["text"]))] == []


def test_the_watchdog_says_so_without_looking_further() -> None:
    verdict = Watcher(None).judge("Forget chats after 30 days")
    assert verdict == {
        "intent": "expire", "subject": "30 days", "scope": "thread", "confidence": 1.0
    }
    assert Watcher(None).judge("forget the chat about 30 days of rain")["intent"] == "forget"


@pytest.mark.parametrize("said", ["0", "0 days", "200 years", str(LONGEST + 1), "some", "-3", "٣"])
def test_what_is_no_time_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match=said):
        days_of(said)


@given(days=st.integers(1, LONGEST))
def test_any_number_of_days_is_read_back(days: int) -> None:
    said = chat_age(read(f"forget chats after {days} days"))
    assert said is not None
    assert days_of(said) == days_of(str(days)) == days


@given(text=st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    chat_age(read(f"forget chats after {text}"))
