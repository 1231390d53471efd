"""Where a server is, whether it is there, and what is told to nobody else."""

import pytest

from tests.tools.models.asking import ASKED, FORM, KEY, served
from tests.tools.models.misbehaving import MODELS, PAGE, Body, serving
from tools.errors import ModelNotFound, ServerError
from tools.models.server import Server, is_loopback


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
