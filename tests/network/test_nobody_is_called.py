"""Nothing leaves the machine but what is said to the model, and only to the host that was set.

The one other call is the embedder's download at the very first start, a child process of `pip`.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.servers import serving_file
from tui.compose import SHIPPED
from tui.silence import OFF, silence

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TRACED = {
    "LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "lsv2_key", "LANGSMITH_PROJECT": "talks",
    "LANGSMITH_ENDPOINT": "http://127.0.0.1:9/langsmith", "LANGCHAIN_TRACING_V2": "true",
    "LANGCHAIN_API_KEY": "lsv2_key", "LANGCHAIN_ENDPOINT": "http://127.0.0.1:9/langchain",
    "LANGCHAIN_TRACING": "true", "LANGSMITH_OTEL_ENABLED": "true", "OTEL_ENABLED": "true",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9/otel", "OTEL_TRACES_EXPORTER": "otlp",
    "CHROMA_OTEL_COLLECTION_ENDPOINT": "http://127.0.0.1:9/chroma",
    "CHROMA_OTEL_GRANULARITY": "all", "CHROMA_API_IMPL": "chromadb.api.fastapi.FastAPI",
    "CHROMA_SERVER_HOST": "127.0.0.1", "CHROMA_SERVER_HTTP_PORT": "9",
    "ANONYMIZED_TELEMETRY": "True", "HF_ENDPOINT": "http://127.0.0.1:9/hf",
    "OPENAI_BASE_URL": "http://127.0.0.1:9/openai", "OPENAI_API_KEY": "sk-theirs",
    "HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
}  # fmt: skip
"""A developer's shell in which everything that can be traced is."""

Seen = tuple[list[list[str]], list[str]]
Talked = Callable[[str], Seen]


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that sees what native code and children do."""
    compiler = shutil.which("cc")
    if sys.platform != "linux" or compiler is None:
        pytest.skip("needs Linux and a C compiler")
    library = tmp_path_factory.mktemp("witness") / "witness.so"
    command = [compiler, "-shared", "-fPIC", "-o", str(library), str(HERE / "witness.c"), "-ldl"]
    subprocess.run(command, check=True)
    return library


@pytest.fixture
def talked(tmp_path: Path, cache_dir: Path, witness: Path) -> Talked:
    """`talked(model)` gives what Python saw of the talk, and what the C library saw."""

    def talk(model: str) -> Seen:
        record, native = tmp_path / "python.json", tmp_path / "native.txt"
        traced = "CHROMA_OTEL_COLLECTION_ENDPOINT=http://127.0.0.1:9/dotenv\n"
        (tmp_path / ".env").write_text(traced)
        environ = os.environ | TRACED | {
            "PYTHONPATH": str(ROOT), "LD_PRELOAD": str(witness), "WITNESS": str(native),
        }
        for name in OFF.keys() - TRACED.keys():
            environ.pop(name, None)
        data = [str(tmp_path / "data"), str(cache_dir), model, str(record)]
        done = subprocess.run(
            [sys.executable, "-m", "tests.network.talk", *data],
            cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=240,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        lines = native.read_text().splitlines() if native.exists() else []
        return json.loads(record.read_text("utf-8")), lines

    return talk


def test_the_witnesses_see_a_call_and_a_childs_call(talked: Talked) -> None:
    python, native = talked("nothing but a call")
    assert ["socket.connect", "127.0.0.1", "9"] in python
    assert {"connect 127.0.0.1 9", "connect 127.0.0.1 19"} <= set(native)


def test_a_talk_with_a_model_in_process_calls_nobody(
    talked: Talked, script: Callable[..., str]
) -> None:
    model = script(rules={"Feld": "Marcus Feld was born in Oslo.", ".": "I don't know that."})
    assert talked(model) == ([], [])


def test_a_talk_with_a_served_model_calls_its_host_and_port_alone(talked: Talked) -> None:
    with serving_file(SHIPPED) as url:
        host, port = urlsplit(url).hostname, urlsplit(url).port
        python, native = talked(url)
    called = {tuple(event[1:3]) for event in python}
    assert called <= {(host, str(port)), (host, "None"), (f"http://{host}:{port}", "")}
    assert ("socket.connect", host, str(port)) in {tuple(event) for event in python}
    assert {tuple(line.split()[1:]) for line in native} == {(host, str(port))}


def test_tracing_and_telemetry_are_off_whatever_the_environment_says() -> None:
    environ = {"HOME": "/home/me", "langsmith_tracing": "true", **TRACED}
    silence(environ)
    assert environ.items() >= OFF.items()
    left = {name for name in environ if name.upper().startswith(("LANG", "CHROMA", "OTEL"))}
    assert left == {"LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "OTEL_SDK_DISABLED"}
    assert environ["HOME"] == "/home/me"
