"""Answers of a real model that are held to a schema, and schemas that no answer can be held to."""

import json

import jsonschema
import pytest

from tools.errors import ModelError
from tools.models.engine import LlamaEngine
from tools.models.types import Message, Sampling

ASKED = [Message("user", "Who is Marcus Feld?")]

SCHEMAS = [
    {"type": "boolean"},
    {"enum": ['a "quoted" word', "back\\slash", "é", "two\nlines"]},
    {"type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 2, "maxItems": 3},
    {
        "type": "object", "required": ["kind", "names"], "additionalProperties": False,
        "properties": {
            "kind": {"enum": ["person", "place"]}, "note": {"type": "string", "maxLength": 12},
            "names": {"type": "array", "items": {"type": "string", "maxLength": 8}, "maxItems": 2},
        },
    },
    {"$ref": "#/$defs/it", "$defs": {"it": {"anyOf": [{"type": "null"}, {"type": "boolean"}]}}},
]


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("schema", SCHEMAS)
def test_an_answer_follows_its_schema(
    patient: LlamaEngine, schema: dict[str, object], temperature: float
) -> None:
    for seed in range(4):
        sampling = Sampling(temperature, 120, seed, json.dumps(schema))
        jsonschema.validate(json.loads(patient.complete(ASKED, sampling), strict=False), schema)


def test_a_schema_leaves_no_trace_in_the_next_answer(patient: LlamaEngine) -> None:
    before = patient.complete(ASKED)
    patient.complete(ASKED, Sampling(schema='{"type": "boolean"}'))
    assert patient.complete(ASKED) == before


@pytest.mark.parametrize(
    "schema",
    [
        "no JSON", "true", "[]", '{"type": "person"}', '{"$ref": "#/nowhere"}', '{"enum": []}',
        '{"$ref": "https://example.com/schema"}', '{"type": "string", "pattern": "no anchors"}',
        '{"type": "string", "maxLength": 100000}',
    ],
)
def test_a_schema_that_cannot_be_held_is_one_clear_line(patient: LlamaEngine, schema: str) -> None:
    with pytest.raises(ModelError, match="schema") as caught:
        patient.complete(ASKED, Sampling(schema=schema))
    assert "\n" not in str(caught.value)
    assert patient.complete(ASKED)
