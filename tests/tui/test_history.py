"""Earlier input on the arrow keys."""

from tui.history import History


def test_browsing_goes_back_and_returns_to_the_draft() -> None:
    history = History(["one", "two"])
    assert [history.older("draft"), history.older("two"), history.older("one")] == [
        "two", "one", None,
    ]  # fmt: skip
    assert [history.newer(), history.newer(), history.newer()] == ["two", "draft", None]


def test_a_repeated_turn_is_kept_once_at_its_newest_place() -> None:
    history = History(["one", "two"])
    history.add("one")
    assert [history.older(""), history.older("")] == ["one", "two"]


def test_search_wants_every_word_and_gives_the_newest_first() -> None:
    history = History(["Who is Marcus?", "Who is Lena?", "marcus who"])
    assert history.search("WHO marcus") == ["marcus who", "Who is Marcus?"]


def test_a_forgotten_subject_leaves_the_history() -> None:
    history = History(["Who is Marcus Feld?", "hello", "forget marcus feld"])
    history.drop("Marcus Feld")
    assert history.search("") == ["hello"]


def test_a_name_is_dropped_however_it_was_spelt_and_from_the_draft_too() -> None:
    history = History(["who is Márcus  Feld?", "MARCUS FELD", "hello"])
    assert history.older("is Marcus Feld in?") == "hello"
    history.drop("Marcus Feld")
    assert history.search("") == ["hello"]
    assert history.older("") == "hello"
    assert history.newer() == ""
