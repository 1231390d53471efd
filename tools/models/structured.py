"""Asks a model for JSON of a given form, and takes nothing else for an answer.

A model that can be held to the form is (`Sampling.schema`); every reply is checked all the same,
since most servers only try, and a script does not. It does not know what is asked for.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from tools.errors import BadReply, ModelError
from tools.models.thinking import CLOSE, separated
from tools.models.types import GREEDY, Message, Sampling

TRIES = 3
QUOTED = 80
"""Characters of a reply that an error may show; more would be a leak into logs and screens."""
_SHOWN_BACK = 1000
_TOLD = 300
_STARTS = 256
"""Places in a reply where a value is looked for; one that opens more brackets is no answer."""

_FENCED = re.compile(r"```[\w-]*\s*\n(.*?)```", re.DOTALL)
_START = re.compile(r"[{\[]")


class _Model(Protocol):
    def complete(self, messages: Sequence[Message], sampling: Sampling = ...) -> str: ...


class _Misfit(Exception):
    """Why a reply is refused: `told` to the model; the text itself quotes nothing of the reply."""

    def __init__(self, reason: str, told: str) -> None:
        super().__init__(reason)
        self.told = told[:_TOLD]


def ask_json(
    model: _Model, messages: Sequence[Message], schema: str | Mapping[str, Any],
    sampling: Sampling = GREEDY, tries: int = TRIES,
) -> Any:
    """The model's answer as a JSON value that fits `schema`; the last message is the user's.

    Of several values in a reply the last that fits is taken, for a model that explains itself
    explains first. A reply without one is shown to the model with what is wrong, `tries` in all.

    Raises:
        BadReply: no reply fitted.
        ModelError: `schema` is no JSON schema, or as `stream` of the model.
    """
    form = schema if isinstance(schema, str) else json.dumps(schema)
    validator, held = _validator(form), replace(sampling, schema=form)
    asked = list(messages)
    reply, reason = "", ""
    for _ in range(tries):
        reply = model.complete(asked, held)
        try:
            return _fitting(reply, validator)
        except _Misfit as misfit:
            reason = str(misfit)
            asked = [*messages, *_correction(reply, misfit)]
    begun = " ".join(reply.split())[:QUOTED]
    raise BadReply(f"no usable answer after {tries} tries: {reason}; the model said {begun!r}")


def _validator(form: str) -> Any:
    from jsonschema import Draft202012Validator, SchemaError

    try:
        schema = json.loads(form)
        Draft202012Validator.check_schema(schema)
    except (SchemaError, ValueError, RecursionError) as error:
        line = str(error).partition("\n")[0]
        raise ModelError(f"what the answer should follow is no JSON schema: {line}") from error
    return Draft202012Validator(schema)


def _correction(reply: str, misfit: _Misfit) -> list[Message]:
    """The bad reply and what is wrong with it, as the next two turns."""
    return [
        Message("assistant", reply[:_SHOWN_BACK] or "(nothing)"),
        Message("user", f"{misfit.told}\nGive the corrected JSON alone."),
    ]


def _fitting(reply: str, validator: Any) -> Any:
    """The last value of a reply that fits; raises _Misfit."""
    from jsonschema.exceptions import best_match

    values = list(_values(_answer(reply)))
    for value in reversed(values):
        if validator.is_valid(value):
            return value
    if not values:
        raise _Misfit("it holds no JSON", "There was no JSON in that.")
    error = best_match(validator.iter_errors(values[-1]))
    where = "/".join(map(str, error.absolute_schema_path))
    told = f"That does not follow the schema: at {error.json_path}, {error.message}"
    raise _Misfit(f"its JSON breaks the schema at {where}", told)


def _answer(reply: str) -> str:
    """A reply without its thoughts, also those whose opening the prompt had already made."""
    answer = "".join(piece.text for piece in separated([reply]) if not piece.thought)
    return answer.rpartition(CLOSE)[2]


def _values(text: str) -> Iterator[Any]:
    """All JSON values of a text: objects and arrays in order, then whole fences, then all of it."""
    starts, end = 0, 0
    while starts < _STARTS and (found := _START.search(text, end)):
        starts, end = starts + 1, found.end()
        for value, length in _decoded(text, found.start()):
            yield value
            end = found.start() + length
    for whole in (*_FENCED.findall(text), text):
        stripped = whole.strip()
        for value, length in _decoded(stripped, 0):
            if length == len(stripped):
                yield value


def _decoded(text: str, start: int) -> Iterator[tuple[Any, int]]:
    """The value that begins at `start` and its length, if there is one that may be kept."""
    decoder = json.JSONDecoder(strict=False, parse_constant=_refuse)
    try:
        value, end = decoder.raw_decode(text, start)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        return
    yield value, end - start


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
