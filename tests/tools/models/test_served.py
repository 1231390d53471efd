"""A served model against a server that misbehaves, on loopback."""

import json
import threading
import time

import pytest

from tests.tools.models.misbehaving import MODELS, serving
from tools.errors import ModelNotFound, ServerError
from tools.models.served import LONGEST, ServedModel
from tools.models.server import Server
from tools.models.types import Message, Sampling

ASKED = [Message("user", "Who are you?")]
KEY = "sk-very-secret-4711"


def served(url: str, *, key: str | None = None, read_timeout: float = 5.0) -> ServedModel:
    return ServedModel(Server(url, key, read_timeout=read_timeout))


def body(content: object) -> bytes:
    return json.dumps({"choices": [{"index": 0, "message": {"content": content}}]}).encode()


def test_what_is_asked_is_what_was_meant() -> None:
    with serving("I am one.") as server, served(server.url) as model:
        assert model.complete(ASKED, Sampling(temperature=0.5, max_tokens=7, seed=3)).strip() == (
            "I am one."
        )
    (asked,) = server.asked
    assert asked["messages"] == [{"role": "user", "content": "Who are you?"}]
    assert asked["model"] == "one"
    assert (asked["temperature"], asked["max_tokens"], asked["seed"]) == (0.5, 7, 3)


def test_too_much_to_do_is_tried_again_until_it_works() -> None:
    with serving(429, 500, "At last.") as server, served(server.url) as model:
        assert model.complete(ASKED).strip() == "At last."
        assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (401, "refuses the key"),
        (403, "refuses the key"),
        (400, r"refuses \(400\)"),
        (404, r"refuses \(404\)"),
        (b"no json at all", "does not speak"),
        (b'{"object": "something else"}', "does not speak"),
        (b'{"choices": []}', "empty answer"),
        (body(None), "empty answer"),
        ("", "empty answer"),
        ([(0.0, "Half an ans"), (0.0, None)], "broke the answer off"),
    ],
)
def test_a_server_that_misbehaves_is_one_clear_line(script: object, said: str) -> None:
    with (
        serving(script) as server, served(server.url, key=KEY) as model,
        pytest.raises(ServerError, match=said) as caught,
    ):
        model.complete(ASKED)
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_server_that_does_not_stream_is_read_whole() -> None:
    with serving(body("All at once.")) as server, served(server.url) as model:
        assert model.complete(ASKED) == "All at once."


def test_an_answer_without_end_is_cut_off() -> None:
    word = "x" * 65536
    with serving([(0.0, word)] * 40) as server, served(server.url) as model:
        assert len(model.complete(ASKED)) <= LONGEST + len(word)


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


def test_no_server_and_a_wrong_path_are_one_clear_line() -> None:
    with pytest.raises(ServerError, match=r"no server answers at 'http://127\.0\.0\.1:1/v1'"):
        served("http://127.0.0.1:1/v1")
    with serving("x") as server, pytest.raises(ServerError, match="404"):
        served(server.url.replace("/v1", "/v2"))


def test_the_model_is_the_one_named_or_the_only_one() -> None:
    two = {"object": "list", "data": [*MODELS["data"], {"id": "two", "object": "model"}]}
    with serving("x", models=two) as server:
        connection = Server(server.url)
        assert connection.choose("two") == "two"
        with pytest.raises(ModelNotFound, match=r"no model 'three'; it has 'one', 'two'"):
            connection.choose("three")
        with pytest.raises(ModelNotFound, match="which model"):
            connection.choose(None)
        connection.close()


def test_nothing_of_the_environment_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, KEY)
    with serving("x") as server, served(server.url) as model:
        model.complete(ASKED)
    assert server.headers_seen
    assert KEY not in str(server.headers_seen)
