"""The edge: every failure is one line and an exit status, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from tests.tui.conftest import Lethe
from tests.tui.scripted import ScriptedSession, answered
from tools.errors import ToolError
from tui.main import main
from tui.ports import OpenSession, ProgressFn, SessionLike
from tui.settings import Settings


def failing(error: BaseException) -> ScriptedSession:
    """A session that cannot be opened."""

    class Failing(ScriptedSession):
        def open(self, progress: ProgressFn) -> "ScriptedSession":
            raise error

    return Failing()


def test_a_failure_to_open_is_one_line(lethe: Lethe) -> None:
    ran = lethe("verify", session=failing(ToolError("'x.gguf' does not exist\nreally")))
    assert (ran.status, ran.out, ran.err) == (2, "", "lethe: 'x.gguf' does not exist really\n")


def test_a_program_gets_the_failure_as_json_too(lethe: Lethe) -> None:
    ran = lethe("verify", "--json", session=failing(ToolError("'x.gguf' does not exist")))
    assert (ran.status, ran.json) == (2, {"error": "'x.gguf' does not exist"})
    assert ran.err == "lethe: 'x.gguf' does not exist\n"
    assert lethe("ask", "--json", "--wrong").json["error"]


def test_a_failure_of_the_system_names_the_file_and_no_number(lethe: Lethe) -> None:
    error = PermissionError(13, "Permission denied", "/data/ledger")
    assert lethe("verify", session=failing(error)).err == (
        "lethe: Permission denied: '/data/ledger'\n"
    )


def test_a_bug_is_one_line_that_says_so(lethe: Lethe) -> None:
    ran = lethe("verify", session=failing(KeyError("rows")))
    assert ran.status == 2
    assert ran.err == "lethe: unexpected KeyError: 'rows' (LETHE_DEBUG=1 shows where)\n"


def test_a_bug_is_shown_in_full_on_request(lethe: Lethe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LETHE_DEBUG", "1")
    with pytest.raises(KeyError):
        lethe("verify", session=failing(KeyError("rows")))


def test_ctrl_c_stops_the_answer_closes_the_session_and_ends_with_130(lethe: Lethe) -> None:
    class Interrupted(ScriptedSession):
        def verify(self, request_id: str | None = None) -> NoReturn:
            raise KeyboardInterrupt

    session = Interrupted()
    ran = lethe("verify", session=session)
    assert (ran.status, ran.out, ran.err) == (130, "", "")
    assert session.calls == [("stop",), ("close",)]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("\x1b[31m", r"'\x1b'"),
        ("a\x00b", r"'\x00'"),
        ("a\udcffb", r"'\udcff'"),
        ("x" * 1_000_000, "1000000"),
    ],
)
def test_a_turn_that_cannot_be_taken_is_refused_before_anything_is_opened(
    lethe: Lethe, text: str, named: str
) -> None:
    session = ScriptedSession()
    ran = lethe("ask", text, session=session)
    assert (ran.status, session.calls) == (2, [])
    assert ran.err.startswith("lethe: ")
    assert ran.err.count("\n") == 1
    assert named in ran.err


def test_the_app_without_a_terminal_says_what_to_do(lethe: Lethe) -> None:
    assert lethe().err == (
        "lethe: the app needs a terminal; in a script use a verb, see `lethe --help`\n"
    )


def test_json_without_a_verb_is_refused(lethe: Lethe) -> None:
    ran = lethe("--json")
    assert (ran.status, ran.err.startswith("lethe: --json needs a verb")) == (2, True)


def test_settings_reach_the_composition_root(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_text("threads = 7\n")
    monkeypatch.setenv("LETHE_DATA_DIR", str(tmp_path))
    seen: list[Settings] = []

    def opener(settings: Settings) -> OpenSession:
        seen.append(settings)

        def open_session(progress: ProgressFn) -> SessionLike:
            return ScriptedSession()

        return open_session

    assert main(["--model", "m.gguf", "watch", "x"], opener) == 0
    assert seen == [Settings(model="m.gguf", data_dir=tmp_path, threads=7)]
    capsys.readouterr()


def run_lethe(*argv: str, **options: object) -> "subprocess.CompletedProcess[bytes]":
    """The command as a process of its own."""
    environ = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "tui.main", *argv]
    return subprocess.run(command, capture_output=True, env=environ, check=False, **options)  # type: ignore[call-overload,no-any-return]


def test_help_names_every_verb_and_needs_no_slow_library() -> None:
    imports = "import sys, tui.main; print([m for m in ('textual', 'rich', 'numpy', 'langgraph',"
    code = imports + "'chromadb', 'llama_cpp', 'pydantic', 'agents.errors') if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert ran.stdout.decode().strip() == "[]"
    text = run_lethe("--help").stdout.decode()
    assert all(f"\n    {verb} " in text for verb in ("ask", "forget", "verify", "doctor"))


def test_a_mistake_in_a_process_is_one_line_without_traceback() -> None:
    ran = run_lethe("frobnicate")
    assert ran.returncode == 2
    assert ran.stderr.startswith(b"lethe: ")
    assert ran.stderr.count(b"\n") == 1


def test_an_argument_that_is_not_utf8_is_one_line() -> None:
    ran = run_lethe("ask", b"\xff\xfe")  # type: ignore[arg-type]
    assert ran.returncode == 2
    assert ran.stderr.count(b"\n") == 1


def test_a_closed_pipe_is_no_traceback() -> None:
    code = (
        "import sys; sys.path.insert(0, '.');"
        "from tests.tui.scripted import ScriptedSession, answered; from tui.main import main;"
        "session = ScriptedSession([answered('word ' * 20000) for _ in range(50)]);"
        "sys.exit(main(['ask', '-', '--json'], lambda settings: session.open))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stdin.write(b"x\n" * 50)
    process.stdin.close()
    assert (process.wait(), process.stderr.read()) == (141, b"")
    process.stderr.close()


def test_output_is_utf8_whatever_the_locale(lethe: Lethe) -> None:
    session = ScriptedSession([answered("Straße, 東京")])
    assert lethe("ask", "x", "--json", session=session).json["answer"] == "Straße, 東京"


@pytest.mark.parametrize("verb", ["bake", "export-adapter"])
def test_a_home_that_nobody_has_is_one_line(lethe: Lethe, verb: str) -> None:
    ran = lethe(verb, "~nobody-of-that-name/x.gguf")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "~nobody-of-that-name" in ran.err
    assert "unexpected" not in ran.err
    ran = lethe("--data-dir", "~nobody-of-that-name", verb, "x.gguf")
    assert (ran.status, "--data-dir is '~nobody-of-that-name'" in ran.err) == (2, True)
