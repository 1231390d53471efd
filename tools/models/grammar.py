"""Holds an answer to a JSON schema, by llama.cpp's grammars.

llama.cpp tests one token in no time and a whole vocabulary slowly, so the token that the model
chose is tested alone, and the rest is masked only where that one is refused. The schema becomes a
grammar by the converter of llama-cpp-python, which is stricter than JSON (one space between parts,
properties in their order) and knows no bounds of numbers.
"""

import ctypes
import json
from typing import Any

import numpy as np
from llama_cpp import llama_cpp as llama
from llama_cpp.llama_grammar import SchemaConverter
from numpy.typing import NDArray

from tools.errors import ModelError
from tools.models import log

_ROW = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
"""`llama_token_data`."""
_UNREADABLE = (AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What the converter raises on schemas it does not know."""
_DEEPEST = 1000
"""Optional repetitions, each nested in the one before; thousands end the process in llama.cpp."""


class Grammar:
    """One answer's way through the grammar of a schema, to be closed; used on one thread.

    `vocabulary` is the `llama_vocab *`.

    Raises:
        ModelError: the schema is none, or cannot be made a grammar.
    """

    def __init__(self, vocabulary: int, schema: str) -> None:
        rules, point = _rules(schema), log.mark()
        self._sampler = llama.llama_sampler_init_grammar(vocabulary, rules.encode(), b"root")
        if not self._sampler:
            raise ModelError(f"llama.cpp cannot follow this JSON schema: {log.since(point)}")

    def allows(self, token: int) -> bool:
        """Whether the answer may go on with this token, or end where it is the end."""
        logits = self.masked(np.zeros(1, np.float32), np.array([token], np.int32))
        return bool(np.isfinite(logits[0]))

    def masked(
        self, logits: NDArray[np.float32], tokens: NDArray[np.int32] | None = None
    ) -> NDArray[np.float32]:
        """A copy of the logits, -inf for every token that may not come; `tokens` names their
        tokens, by default the whole vocabulary in order."""
        rows = np.zeros(len(logits), _ROW)
        rows["id"] = np.arange(len(logits)) if tokens is None else tokens
        rows["logit"] = logits
        data = ctypes.cast(rows.ctypes.data, llama.llama_token_data_p)
        array = llama.llama_token_data_array(data, len(logits), -1, False)
        llama.llama_sampler_apply(self._sampler, ctypes.byref(array))
        found: NDArray[np.float32] = rows["logit"].copy()
        return found

    def accept(self, token: int) -> None:
        """Go on by a token that is allowed and does not end the answer: llama.cpp ends the
        process on any other."""
        llama.llama_sampler_accept(self._sampler, token)

    def close(self) -> None:
        """Free it."""
        llama.llama_sampler_free(self._sampler)


def _rules(schema: str) -> str:
    """The grammar of a schema in llama.cpp's notation."""
    converter = _Converter(prop_order={}, allow_fetch=False, dotall=False, raw_pattern=False)
    try:
        root = converter.resolve_refs(json.loads(schema), "schema")
        converter.visit(root, "")
        rules: str = converter.format_grammar()
    except _UNREADABLE as error:
        line = " ".join(str(error).split())[:200]
        raise ModelError(f"an answer cannot be held to this JSON schema: {line}") from error
    if ")?" * _DEEPEST in rules:
        raise ModelError(f"an answer cannot be held to a schema with {_DEEPEST} optional items")
    return rules


class _Converter(SchemaConverter):  # type: ignore[misc]
    """The library's own leaves backslashes as they are: a quotation mark in a text broke it."""

    def _format_literal(self, literal: str) -> str:
        escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}
        return '"' + "".join(escapes.get(letter, letter) for letter in literal) + '"'

    def _generate_constant_rule(self, value: Any) -> str:
        return self._format_literal(json.dumps(value, ensure_ascii=False))
