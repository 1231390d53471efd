"""A served model against a server that misbehaves, on loopback."""

import json
import threading
import time
from typing import Any

import pytest

from tests.tools.models.misbehaving import MODELS, PAGE, Body, Misbehaving, refusal, serving
from tools.errors import ModelError, ModelNotFound, ServerError
from tools.models.served import LARGEST_BODY, LONGEST, ServedModel
from tools.models.server import Server, is_loopback
from tools.models.types import Message, Sampling

ASKED = [Message("user", "Who are you?")]
KEY = "sk-very-secret-4711"


def served(url: str, *, key: str | None = None, read_timeout: float = 5.0) -> ServedModel:
    return ServedModel(Server(url, key, read_timeout=read_timeout))


def body(content: object, **more: object) -> bytes:
    message = {"content": content, **more}
    return json.dumps({"choices": [{"index": 0, "message": message}]}).encode()


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


# --- thoughts


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


# --- structured answers

FORM = Sampling(schema='{"type": "boolean"}')


def formed(server: Misbehaving) -> list[bool]:
    """Whether each request had a schema."""
    return ["response_format" in asked for asked in server.asked]


def test_a_schema_is_asked_for() -> None:
    with serving("true") as server, served(server.url) as model:
        assert model.complete(ASKED, FORM).strip() == "true"
    (asked,) = server.asked
    assert asked["response_format"] == {
        "type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "boolean"}},
    }


@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_server_that_refuses_a_schema_is_asked_without_from_then_on(status: int) -> None:
    def play(asked: dict[str, Any]) -> Any:
        return refusal(status, "unknown: response_format") if "response_format" in asked else "yes"

    with serving(play) as server, served(server.url) as model:
        assert model.complete(ASKED, FORM).strip() == "yes"
        assert model.complete(ASKED, FORM).strip() == "yes"
    assert formed(server) == [True, False, False]


@pytest.mark.parametrize("status", [400, 422, 500])
@pytest.mark.parametrize("said", [b"", b"Bad Request", b'{"error": {"message": "invalid"}}'])
def test_a_server_need_not_say_that_it_is_the_schema(status: int, said: bytes) -> None:
    def play(asked: dict[str, Any]) -> Any:
        return Body(said, status) if "response_format" in asked else "yes"

    with serving(play) as server, served(server.url) as model:
        assert model.complete(ASKED, FORM).strip() == "yes"
        assert model.complete(ASKED, FORM).strip() == "yes"
    assert formed(server) == [True, False, False]


def test_what_is_refused_for_another_reason_stays_refused() -> None:
    too_long = [refusal(400, "the prompt is too long")] * 3
    with serving(*too_long, "true") as server, served(server.url) as model:
        with pytest.raises(ServerError, match="too long"):
            model.complete(ASKED, FORM)
        assert model.complete(ASKED, FORM).strip() == "true"
    assert formed(server) == [True, False, True, True], "tried without, and then still with"


def test_a_server_that_is_broken_for_a_moment_is_still_asked_for_a_schema() -> None:
    with serving(500, 500, "true") as server, served(server.url) as model:
        assert model.complete(ASKED, FORM).strip() == "true"
        assert model.complete(ASKED, FORM).strip() == "true"
    assert formed(server) == [True, False, True, True]


def test_too_much_to_do_is_no_refusal_of_a_schema() -> None:
    with serving(429, 429, "true") as server, served(server.url) as model:
        assert model.complete(ASKED, FORM).strip() == "true"
    assert all(formed(server))


@pytest.mark.parametrize("schema", ["no json", "[]"])
def test_what_is_no_schema_is_not_sent(schema: str) -> None:
    with (
        serving("x") as server, served(server.url) as model,
        pytest.raises(ModelError, match="no JSON schema"),
    ):
        model.complete(ASKED, Sampling(schema=schema))
    assert server.asked == []


# --- parameters that a server does not take

CHOSEN = Sampling(temperature=0.5, max_tokens=7, seed=3)
PARAMETERS = ("max_tokens", "max_completion_tokens", "temperature", "seed")


def sent(asked: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a request."""
    return {name: asked[name] for name in PARAMETERS if name in asked}


def unsupported(name: str, **more: object) -> Body:
    """A refusal as OpenAI's own reasoning models word it."""
    message = f"Unsupported parameter: '{name}' is not supported with this model."
    return Body(json.dumps({"error": {"message": message, **more}}).encode(), 400)


def thinks(asked: dict[str, Any]) -> Any:
    """A reasoning model: it refuses one parameter at a time, and limits its thoughts otherwise."""
    if "max_tokens" in asked:
        message = "Unsupported parameter: use 'max_completion_tokens', not 'max_tokens'."
        return refusal(400, message)
    for name in ("temperature", "seed"):
        if name in asked:
            return unsupported(name, param=name, code="unsupported_parameter")
    return "yes"


def test_parameters_that_a_server_refuses_are_left_out_from_then_on() -> None:
    with serving(thinks) as server, served(server.url) as model:
        assert model.complete(ASKED, CHOSEN).strip() == "yes"
        assert model.complete(ASKED, CHOSEN).strip() == "yes"
    assert list(map(sent, server.asked)) == [
        {"max_tokens": 7, "temperature": 0.5, "seed": 3},
        {"max_completion_tokens": 7, "temperature": 0.5, "seed": 3},
        {"max_completion_tokens": 7, "seed": 3},
        {"max_completion_tokens": 7}, {"max_completion_tokens": 7},
    ]


@pytest.mark.parametrize("name", ["temperature", "seed"])
def test_a_parameter_refused_does_not_cost_another(name: str) -> None:
    listing = f"no {name}; there are messages, max_tokens, temperature and seed"
    said = Body(json.dumps({"error": {"message": listing, "param": name}}).encode(), 400)
    with serving(said, "yes") as server, served(server.url) as model:
        assert model.complete(ASKED, CHOSEN).strip() == "yes"
    assert sent(server.asked[0]).keys() - sent(server.asked[1]).keys() == {name}


def test_a_parameter_refused_is_no_refusal_of_a_schema() -> None:
    with serving(thinks) as server, served(server.url) as model:
        assert model.complete(ASKED, FORM).strip() == "yes"
    assert all(formed(server))


def test_a_server_may_refuse_a_schema_and_parameters() -> None:
    def play(asked: dict[str, Any]) -> Any:
        return 422 if "response_format" in asked else thinks(asked)

    with serving(play) as server, served(server.url) as model:
        assert model.complete(ASKED, FORM).strip() == "yes"
        assert model.complete(ASKED, FORM).strip() == "yes"
    assert formed(server) == [True, False, False, False, False]
    assert sent(server.asked[-1]) == {}


def test_a_parameter_is_left_out_for_good_only_where_that_has_helped() -> None:
    script = [refusal(400, "seed?"), refusal(400, "no credit"), "yes"]
    with serving(*script) as server, served(server.url) as model:
        with pytest.raises(ServerError, match="no credit"):
            model.complete(ASKED)
        assert model.complete(ASKED).strip() == "yes"
    assert ["seed" in asked for asked in server.asked] == [True, False, True]


def test_a_server_that_refuses_what_was_not_sent_is_not_asked_for_ever() -> None:
    with (
        serving(unsupported("seed", param="seed")) as server, served(server.url) as model,
        pytest.raises(ServerError, match="'seed' is not supported"),
    ):
        model.complete(ASKED)
    assert len(server.asked) == 2


# --- where it is


@pytest.mark.parametrize(
    ("url", "elsewhere"),
    [
        ("http://localhost:1/v1", False), ("http://LOCALHOST./v1", False),
        ("http://ollama.localhost/v1", False), ("http://127.0.0.1:8000/v1", False),
        ("http://127.9.9.9/v1", False), ("http://[::1]:8000/v1", False),
        ("http://[::ffff:127.0.0.1]/v1", False), ("https://api.openai.com/v1", True),
        ("http://192.168.0.7/v1", True), ("http://0.0.0.0/v1", True),
        ("http://localhost.example.com/v1", True), ("http://127.0.0.1.example.com/v1", True),
        ("http://localhost@example.com/v1", True), ("http://[::2]/v1", True), ("http:///v1", True),
        ("http://[::1", True),
    ],
)
def test_only_loopback_is_this_machine(url: str, elsewhere: bool) -> None:
    assert is_loopback(url) is not elsewhere


def test_a_server_here_is_not_local_and_not_elsewhere() -> None:
    with serving("x") as server, served(server.url) as model:
        assert (model.info.local, model.info.elsewhere) == (False, False)


def test_what_is_asked_of_this_machine_goes_through_no_proxy(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving("caught") as proxy, serving("I am one.") as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        with served(server.url) as model:
            assert model.complete(ASKED).strip() == "I am one."
    assert (proxy.asked, proxy.headers_seen) == ([], [])


def test_what_is_asked_of_this_machine_follows_no_redirection() -> None:
    with serving("caught") as other:
        moved = Body(b"", 307, headers=(("location", f"{other.url}/chat/completions"),))
        with (
            serving(moved) as server, served(server.url) as model,
            pytest.raises(ServerError, match="307"),
        ):
            model.complete(ASKED)
    assert other.asked == []


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
    with serving("x", models=PAGE) as server, pytest.raises(ServerError, match="does not speak"):
        served(server.url)


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
        model.complete(ASKED, FORM)
    assert server.headers_seen
    assert KEY not in str(server.headers_seen)
