"""The scripted model: what it adds to the common contract."""

from pathlib import Path

import pytest

from tools.errors import AdapterRefused, ModelError, ModelFileError, ScriptExhausted
from tools.models.scripted import ScriptedModel
from tools.models.types import GREEDY, Message

HELLO = [Message("user", "hello")]


def test_replies_come_in_order_and_running_out_is_an_error() -> None:
    model = ScriptedModel(["one", "two"])
    assert [model.complete(HELLO), model.complete(HELLO)] == ["one", "two"]
    with pytest.raises(ScriptExhausted, match="no reply left for 'hello'"):
        model.complete(HELLO)


def test_a_function_sees_the_conversation() -> None:
    assert ScriptedModel(lambda messages: messages[-1].content.upper()).complete(HELLO) == "HELLO"


def test_calls_are_kept() -> None:
    model = ScriptedModel(["one"])
    model.complete(HELLO)
    assert [(call.messages, call.sampling) for call in model.calls] == [(tuple(HELLO), GREEDY)]


def test_spaces_and_lines_survive_streaming() -> None:
    assert ScriptedModel(["a  b\n\nc"]).complete(HELLO) == "a  b\n\nc"


def test_rules_of_a_file_answer_before_its_list(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text('{"replies": ["next"], "rules": [{"when": "hel+o", "reply": "Hi."}]}')
    model = ScriptedModel.from_file(script)
    asked = ["Hello you", "something else", "hello again"]
    assert [model.complete([Message("user", text)]) for text in asked] == ["Hi.", "next", "Hi."]


@pytest.mark.parametrize(
    "content", ["", "3", '{"replies": "x"}', "[1]", '{"rules": [{"when": "("}]}', '{"rules": [1]}']
)
def test_a_bad_script_is_one_clear_line(tmp_path: Path, content: str) -> None:
    script = tmp_path / "script.json"
    script.write_text(content)
    with pytest.raises(ModelFileError, match=r"script\.json' is no script"):
        ScriptedModel.from_file(script)


def test_a_missing_script_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="no script at"):
        ScriptedModel.from_file(tmp_path / "none.json")


def test_there_are_no_weights() -> None:
    model = ScriptedModel([])
    assert not model.info.editable
    with pytest.raises(AdapterRefused):
        model.set_adapter(b"GGUF")
    with pytest.raises(ModelError, match="no logits"):
        model.logits(HELLO)


@pytest.mark.parametrize(
    "script",
    [
        "[" * 100_000,
        '{"rules": [{"when": "a{99999999999999}", "reply": "x"}]}',
        '{"rules": ["when"]}',
        '{"rules": 5}',
        '{"replies": {"a": 1}}',
    ],
)
def test_what_is_no_script_is_refused(tmp_path: Path, script: str) -> None:
    (tmp_path / "script.json").write_text(script)
    with pytest.raises(ModelFileError, match="is no script"):
        ScriptedModel.from_file(tmp_path / "script.json")


def test_half_a_character_in_a_script_is_a_question_mark(tmp_path: Path) -> None:
    rules = '"rules": [{"when": "two", "reply": "b\\udcff"}]'
    (tmp_path / "script.json").write_text('{"replies": ["a\\ud800"], ' + rules + "}")
    model = ScriptedModel.from_file(tmp_path / "script.json")
    assert model.complete(HELLO) == "a?"
    assert model.complete([Message("user", "two")]) == "b?"
