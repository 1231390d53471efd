"""The grammar of the command line."""

import pytest

from tui.arguments import parse_arguments
from tui.errors import UsageError
from tui.verbs import VERBS


def test_without_a_verb_the_app_is_meant() -> None:
    assert parse_arguments([]).verb is None


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_of_the_table_is_in_the_grammar(verb: str) -> None:
    takes = (
        "ask", "forget", "restore", "remember", "watch", "bake", "export-adapter", "purge", "scan",
    )
    text = ["x"] if verb in takes else []
    assert parse_arguments([verb, *text, "--json"]).json


@pytest.mark.parametrize(
    "argv",
    [
        ["--model", "m.gguf", "--data-dir", "d", "--json", "list"],
        ["list", "--model", "m.gguf", "--data-dir", "d", "--json"],
        ["--model", "m.gguf", "list", "--json", "--data-dir", "d"],
    ],
)
def test_common_options_are_taken_on_either_side_of_the_verb(argv: list[str]) -> None:
    arguments = parse_arguments(argv)
    assert (arguments.model, arguments.data_dir, arguments.json) == ("m.gguf", "d", True)


def test_the_option_nearer_to_the_verb_wins() -> None:
    assert parse_arguments(["--model", "a", "list", "--model", "b"]).model == "b"


def test_a_text_needs_no_quotes() -> None:
    assert parse_arguments(["ask", "who", "is", "he"]).text == ["who", "is", "he"]


def test_a_text_may_begin_with_a_dash_after_two() -> None:
    assert parse_arguments(["ask", "--", "-x", "y"]).text == ["-x", "y"]


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        (["remove", "x"], "'remove'"),
        (["ask"], "TEXT"),
        (["forget", "x", "--method", "magic"], "'magic'"),
        (["bake", "x.gguf", "--type", "q9_9"], "'q9_9'"),
        (["bake"], "OUT"),
        (["list", "--jsn"], "--jsn"),
        (["--model"], "--model"),
    ],
)
def test_a_mistake_is_named_in_one_line(argv: list[str], named: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_arguments(argv)
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)
