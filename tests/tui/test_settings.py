"""Where settings come from, and in which order."""

from pathlib import Path

import pytest

from tools.watching.chat_age import LONGEST
from tui.errors import SettingsError
from tui.settings import LONGEST_KEPT, Settings, load_settings

NOWHERE = Path("/nonexistent/config.toml")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text('model = "file.gguf"\nthreads = 4\nmethod = "guard"\n')
    return path


def test_nothing_set_gives_the_defaults() -> None:
    assert load_settings({}, {}, NOWHERE) == Settings()


def test_an_argument_beats_the_environment_which_beats_the_file(file: Path) -> None:
    environ = {"LETHE_MODEL": "environ.gguf", "LETHE_THREADS": "3"}
    settings = load_settings({"model": "argument.gguf"}, environ, file)
    assert (settings.model, settings.threads, settings.method) == ("argument.gguf", 3, "guard")


def test_a_strategy_for_one_model_beats_the_files_and_yields_to_the_callers(file: Path) -> None:
    file.write_text('strategy = "dragon"\n[strategies]\n"m.gguf" = "alu"\n', "utf-8")
    assert load_settings({}, {}, file).strategy == "dragon"
    assert load_settings({"model": "m.gguf"}, {}, file).strategy == "alu"
    assert load_settings({"model": "n.gguf"}, {}, file).strategy == "dragon"
    said = {"model": "m.gguf", "strategy": "refusal"}
    assert load_settings(said, {}, file).strategy == "refusal"


@pytest.mark.parametrize(("said", "guest"), [("1", True), ("no", False), ("TRUE", True)])
def test_guest_is_a_switch(said: str, guest: bool, tmp_path: Path) -> None:
    assert load_settings({}, {"LETHE_GUEST": said}, tmp_path / "none").guest is guest


def test_a_session_can_be_private_and_conversations_go_by_setting(tmp_path: Path) -> None:
    environ = {"LETHE_PRIVATE": "yes", "LETHE_KEEP_CHATS_DAYS": "30"}
    settings = load_settings({}, environ, tmp_path / "none")
    assert (settings.private, settings.keep_chats_days) == (True, 30)
    for days in ("0", "-1", "x", "36501"):
        with pytest.raises(SettingsError, match="36500"):
            load_settings({}, {"LETHE_KEEP_CHATS_DAYS": days}, tmp_path / "none")
    assert LONGEST_KEPT == LONGEST


def test_an_empty_variable_is_not_set(file: Path) -> None:
    assert load_settings({}, {"LETHE_MODEL": ""}, file).model == "file.gguf"


def test_folders_are_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings({"data_dir": "d"}, {}, NOWHERE).data_dir == tmp_path / "d"


@pytest.mark.parametrize("threads", ["0", "many", "-1", "257", "1.5"])
def test_a_bad_value_is_named_with_its_origin(threads: str) -> None:
    with pytest.raises(SettingsError, match="LETHE_THREADS") as caught:
        load_settings({}, {"LETHE_THREADS": threads}, NOWHERE)
    assert repr(threads) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("modle = 'x'", "'modle'"),
        ("threads = true", "True"),
        ("method = 'magic'", "'magic'"),
        ("model = 3", "3"),
        ("model = ", "not a TOML file"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(file: Path, text: str, named: str) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings({}, {}, file)
    assert str(file) in str(caught.value)
    assert named in str(caught.value)


def test_a_file_that_is_not_text_is_one_line(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="not a TOML file"):
        load_settings({}, {}, file)


@pytest.mark.parametrize(
    ("model", "key"),
    [
        ("https://api.openai.com/v1#gpt", "theirs"),
        ("https://api.openai.com.evil.example/v1#gpt", None),
        ("http://api.openai.com/v1#gpt", None),
        ("http://localhost:11434/v1#llama3", None),
        ("file.gguf", None),
    ],
)
def test_the_key_of_one_company_goes_to_its_own_host_alone(model: str, key: str | None) -> None:
    environ = {"OPENAI_API_KEY": "theirs"}
    assert load_settings({"model": model}, environ, NOWHERE).api_key == key


def test_an_own_key_wins_and_is_never_shown(file: Path) -> None:
    environ = {"OPENAI_API_KEY": "theirs", "LETHE_API_KEY": "ours"}
    settings = load_settings({"model": "https://api.openai.com/v1"}, environ, NOWHERE)
    assert settings.api_key == "ours"
    assert "ours" not in repr(settings)
    file.write_text("api_key = 4711")
    with pytest.raises(SettingsError, match="api_key is not usable") as caught:
        load_settings({}, {}, file)
    assert "4711" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (f"threads = {'9' * 5000}", "not a TOML file"),
        (f"threads = 0x{'f' * 5000}", "4,300 digits"),
        (f"guest = 0x{'f' * 5000}", "4,300 digits"),
        ("model = " + "[" * 3000 + "]" * 3000, "not a TOML file"),
        (r'data_dir = "a\u0000b"', "control characters"),
        ('data_dir = "~nobody-of-that-name/x"', "a path that this system can have"),
        (r'api_key = "Stra\u00dfe"', "api_key is not usable"),
    ],
)
def test_what_no_setting_can_be_is_one_line_not_a_failure(
    file: Path, text: str, named: str
) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError, match=named) as caught:
        load_settings({}, {}, file)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("threads", ["9" * 5000, "²", "x" * 5000])
def test_a_value_too_long_to_show_is_shown_by_its_beginning(threads: str) -> None:
    with pytest.raises(SettingsError, match="a whole number from 1 to 256") as caught:
        load_settings({}, {"LETHE_THREADS": threads}, NOWHERE)
    assert len(str(caught.value)) < 400
