"""A served model against a server that misbehaves, on loopback."""

import threading
import time

import pytest

from tests.tools.models.asking import ASKED, KEY, body, served
from tests.tools.models.misbehaving import PAGE, Body, refusal, serving
from tools.errors import ServerError
from tools.models.served import LARGEST_BODY, LONGEST
from tools.models.types import Sampling


def test_what_is_asked_is_what_was_meant() -> None:
    with serving("I am one.") as server, served(server.url) as model:
        assert model.complete(ASKED, Sampling(temperature=0.5, max_tokens=7, seed=3)).strip() == (
            "I am one."
        )
    (asked,) = server.asked
    assert asked["messages"] == [{"role": "user", "content": "Who are you?"}]
    assert asked["model"] == "one"
    assert (asked["temperature"], asked["max_tokens"], asked["seed"]) == (0.5, 7, 3)


def test_a_length_that_nobody_chose_is_not_sent() -> None:
    with serving("I am one.") as server, served(server.url) as model:
        model.complete(ASKED)
        model.complete(ASKED, Sampling(temperature=0.7, schema="{}"))
    assert not any("max_tokens" in asked for asked in server.asked)


def test_too_much_to_do_is_tried_again_until_it_works() -> None:
    with serving(429, 500, "At last.") as server, served(server.url) as model:
        assert model.complete(ASKED).strip() == "At last."
        assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (401, "refuses the key"),
        (403, "refuses the key"),
        (refusal(401, f"wrong key {KEY}"), "refuses the key"),
        (refusal(404, f"the model 'one' does not exist, says {KEY}"), r"\(404\): the model 'one'"),
        (refusal(400, "x " * 95 + KEY), r"refuses \(400\)"),
        (500, r"refuses \(500\)"),
        (PAGE, "does not speak"),
        (Body(body("Half an ans"), missing=40), "broke the answer off"),
        (400, r"refuses \(400\)"),
        (404, r"refuses \(404\)"),
        (b"no json at all", "does not speak"),
        (b'{"object": "something else"}', "does not speak"),
        (b'{"choices": []}', "empty answer"),
        (body(None), "empty answer"),
        (body("", reasoning_content=""), "empty answer"),
        ("", "empty answer"),
        ([(0.0, {"content": "", "reasoning": ""}), (0.0, {"content": None})], "empty answer"),
        ([(0.0, {"reasoning_content": "\n"})], "empty answer"),
        ([(0.0, b"data: {no json\n\n")], "does not speak"),
        ([(0.0, b'data: {"choices": []}\n\n')], "empty answer"),
        ([(0.0, b'data: {"error": {"message": "out of memory"}}\n\n')], "out of memory"),
        ([(0.0, "Half an ans"), (0.0, None)], "broke the answer off"),
    ],
)
def test_a_server_that_misbehaves_is_one_clear_line(script: object, said: str) -> None:
    with (
        serving(script) as server, served(server.url, key=KEY) as model,
        pytest.raises(ServerError, match=said) as caught,
    ):
        model.complete(ASKED)
    assert KEY[:6] not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_server_that_does_not_stream_is_read_whole() -> None:
    with serving(body("All at once.")) as server, served(server.url) as model:
        assert model.complete(ASKED) == "All at once."


def test_an_answer_without_end_is_cut_off() -> None:
    word = "x" * 65536
    with serving([(0.0, word)] * 40) as server, served(server.url) as model:
        assert len(model.complete(ASKED)) <= LONGEST + len(word)


def test_an_answer_in_one_piece_is_cut_off_too() -> None:
    with serving(body("x" * (2 * LONGEST))) as server, served(server.url) as model:
        assert len(model.complete(ASKED)) == LONGEST


def test_a_reply_of_a_megabyte_comes_whole() -> None:
    long = "word " * (LONGEST // 5 - 1)
    with serving(body(long)) as server, served(server.url) as model:
        assert model.complete(ASKED) == long


def test_a_body_without_end_is_given_up() -> None:
    endless = Body(b" " * (LARGEST_BODY + 1))
    with (
        serving(endless) as server, served(server.url) as model,
        pytest.raises(ServerError, match="more than an answer"),
    ):
        model.complete(ASKED)


def test_a_server_that_stops_halfway_is_given_up() -> None:
    halfway = [(0.0, "one "), (3.0, "late")]
    with serving(halfway) as server, served(server.url, read_timeout=0.2) as model:
        pieces = model.stream(ASKED)
        assert next(pieces) == "one "
        with pytest.raises(ServerError, match="in time"):
            next(pieces)


def test_a_slow_server_is_given_up() -> None:
    with serving([(3.0, "late")]) as server, served(server.url, read_timeout=0.2) as model:
        model.server.client.max_retries = 0
        with pytest.raises(ServerError, match="in time"):
            model.complete(ASKED)


def test_stop_hangs_up_even_while_nothing_comes() -> None:
    with serving([(0.0, "one "), (1.0, "two "), *[(0.05, "more ")] * 100]) as server:
        model = served(server.url)
        pieces = model.stream(ASKED)
        assert next(pieces) == "one "
        begun = time.monotonic()
        threading.Timer(0.1, model.stop).start()
        assert list(pieces) == []
        assert time.monotonic() - begun < 0.9
        assert server.hung_up.wait(5)
        model.close()
