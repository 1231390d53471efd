"""The thoughts of a served model come between tags, whatever the server calls them."""

from typing import Any

import pytest

from tests.tools.models.asking import ASKED, body, served
from tests.tools.models.misbehaving import serving
from tools.models.types import Sampling


def test_a_thought_longer_than_the_default_leaves_room_for_its_answer() -> None:
    def play(asked: dict[str, Any]) -> Any:
        """Cut a token after each letter, the thought's too, as servers do."""
        most = asked.get("max_tokens", 1000)
        thought, answer = ["a"] * 400, ["b"] * 300
        return [
            *((0.0, {"reasoning": letter}) for letter in thought[:most]),
            *((0.0, letter) for letter in answer[: max(0, most - len(thought))]),
        ]

    with serving(play) as server, served(server.url) as model:
        assert model.complete(ASKED) == f"<think>{'a' * 400}</think>{'b' * 300}"
        assert model.complete(ASKED, Sampling(max_tokens=3)) == "<think>aaa</think>"


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_a_thought_comes_before_its_answer_between_tags(field: str) -> None:
    deltas: list[tuple[float, Any]] = [
        (0.0, {"role": "assistant", "content": ""}), (0.0, {field: "Who "}),
        (0.0, {field: "am I?"}), (0.0, {"content": "I am "}), (0.0, {"content": "one."}),
    ]
    expected = "<think>Who am I?</think>I am one."
    with serving(deltas) as server, served(server.url) as model:
        assert model.complete(ASKED) == expected
    with serving(body("I am one.", **{field: "Who am I?"})) as server, served(server.url) as model:
        assert model.complete(ASKED) == expected


def test_a_thought_alone_is_an_answer() -> None:
    with serving([(0.0, {"reasoning": "Hm."})]) as server, served(server.url) as model:
        assert model.complete(ASKED) == "<think>Hm.</think>"
    with serving(body(None, reasoning="Hm.")) as server, served(server.url) as model:
        assert model.complete(ASKED) == "<think>Hm.</think>"


def test_thoughts_may_come_in_turns() -> None:
    deltas = [(0.0, {name: text}) for name, text in zip(
        ["reasoning", "content", "reasoning", "content"], "abcd", strict=True
    )]
    with serving(deltas) as server, served(server.url) as model:
        assert model.complete(ASKED) == "<think>a</think>b<think>c</think>d"
