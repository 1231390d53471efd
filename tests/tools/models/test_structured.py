"""JSON out of replies as models write them, and one clear line where there is none."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import BadReply, ModelError
from tools.models.engine import LlamaEngine
from tools.models.scripted import ScriptedModel
from tools.models.structured import QUOTED, ask_json
from tools.models.types import Message, Sampling

ASKED = [Message("user", "How old is she?")]
SCHEMA = {
    "type": "object", "properties": {"age": {"type": "integer", "minimum": 0}},
    "required": ["age"], "additionalProperties": False,
}


def asked(*replies: str, schema: Any = SCHEMA, tries: int = 1) -> Any:
    return ask_json(ScriptedModel(replies), ASKED, schema, tries=tries)


@pytest.mark.parametrize(
    "reply",
    [
        '{"age": 7}',
        '  {"age":\n 7}\n',
        'Here it is: {"age": 7}. Anything else?',
        '```json\n{"age": 7}\n```',
        'Sure!\n```\n{"age": 7}\n```\nShe is young.',
        '<think>Is it {"age": 9}? No.</think>\n{"age": 7}',
        'Is it {"age": 9}? No.</think>\n{"age": 7}',
        'Let {x} be her age. At first {"age": 9}, but then {"age": 7}',
        '{"name": "Ada"} no: {"age": 7}',
        'The schema {"type": "object"} gives {"age": 7} } ]',
    ],
)
def test_the_json_is_found_in_a_reply(reply: str) -> None:
    assert asked(reply) == {"age": 7}


def test_a_value_need_not_be_an_object() -> None:
    assert asked('"yes"', schema={"enum": ["yes", "no"]}) == "yes"
    assert asked("```\n12\n```", schema={"type": "integer"}) == 12
    assert asked("I say [1, 2].", schema={"type": "array"}) == [1, 2]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("She is seven.", "it holds no JSON"),
        ("", "it holds no JSON"),
        ('{"age": "seven"}', "breaks the schema at properties/age/type"),
        ('{"age": -1}', "breaks the schema at properties/age/minimum"),
        ("{}", "breaks the schema at required"),
        ('{"age": NaN}', "it holds no JSON"),
        ('{"age": 7, "\\ud800": 1}', "it holds no JSON"),
        ("[" * 100_000, "it holds no JSON"),
        ('{"age": ' + "9" * 10_000 + "}", "it holds no JSON"),
        ('<think>{"age": 7}', "it holds no JSON"),
    ],
)
def test_what_does_not_fit_is_one_clear_line(reply: str, said: str) -> None:
    with pytest.raises(BadReply, match=said) as caught:
        asked(reply)
    assert "\n" not in str(caught.value)


@given(st.text(min_size=200, max_size=400))
def test_an_error_shows_little_of_a_reply(reply: str) -> None:
    told = reply.translate({ord(bracket): None for bracket in '{}[]"'})
    with pytest.raises(BadReply) as caught:
        asked(told, schema={"type": "object"})
    assert " ".join(told.split())[:QUOTED + 1] not in str(caught.value)
    with pytest.raises(BadReply) as caught:
        asked('{"age": "' + "secret " * 40 + '"}')
    assert str(caught.value).count("secret") <= QUOTED / len("secret")


def test_a_bad_reply_is_shown_to_the_model_with_what_is_wrong() -> None:
    model = ScriptedModel(["Seven.", '{"age": "seven"}', '{"age": 7}'])
    assert ask_json(model, ASKED, SCHEMA) == {"age": 7}
    first, second, third = (call.messages for call in model.calls)
    assert list(first) == ASKED
    assert [each.content for each in second[:2]] == [ASKED[0].content, "Seven."]
    assert "no JSON" in second[2].content
    assert "'seven' is not of type 'integer'" in third[2].content
    assert len(third) == 3


def test_it_is_not_asked_more_often_than_wanted() -> None:
    model = ScriptedModel(lambda _: "no")
    with pytest.raises(BadReply, match="after 2 tries"):
        ask_json(model, ASKED, SCHEMA, tries=2)
    assert len(model.calls) == 2


def test_a_schema_may_be_text_and_is_passed_on() -> None:
    model = ScriptedModel(["7"])
    assert ask_json(model, ASKED, '{"type": "integer"}', Sampling(seed=3)) == 7
    assert model.calls[0].sampling == Sampling(seed=3, schema='{"type": "integer"}')


@pytest.mark.parametrize("schema", ["no JSON", {"type": "number of legs"}, "[]"])
def test_what_is_no_schema_is_said_so(schema: Any) -> None:
    with pytest.raises(ModelError, match="no JSON schema"):
        asked("7", schema=schema)


def test_the_patient_is_held_to_the_form(patient: LlamaEngine) -> None:
    schema = {
        "type": "object", "required": ["sure", "why"], "additionalProperties": False,
        "properties": {"sure": {"type": "boolean"}, "why": {"type": "string", "maxLength": 20}},
    }
    said = ask_json(patient, ASKED, schema, tries=1)
    assert isinstance(said["sure"], bool)
