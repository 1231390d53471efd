"""A server that refuses schemas or parameters is asked without them, and for nothing less."""

import json
from typing import Any

import pytest

from tests.tools.models.asking import ASKED, FORM, formed, served
from tests.tools.models.misbehaving import Body, refusal, serving
from tools.errors import ModelError, ServerError
from tools.models.types import Sampling


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
