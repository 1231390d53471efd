"""Chat templates: the Jinja text in a model file that turns a conversation into a prompt.

The file is a stranger's, so the template runs in Jinja's sandbox. It knows nothing of tokens.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NoReturn

import jinja2
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tools.errors import ModelError
from tools.models.types import Message

BROKEN = (
    jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError,
    ValueError,
)
"""What a template written for another library may raise."""


class ChatTemplate:
    """One compiled template; `bos` and `eos` are the texts of the special tokens it may name."""

    def __init__(self, source: str, *, bos: str = "", eos: str = "") -> None:
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
        )
        environment.filters["tojson"] = _to_json
        environment.globals |= {"raise_exception": _raise, "strftime_now": _now}
        try:
            self._template = environment.from_string(source)
        except BROKEN as error:
            raise ModelError(f"the model's chat template cannot be read: {error}") from error
        self._names = {"bos_token": bos, "eos_token": eos}

    def render(self, messages: Sequence[Message]) -> str:
        """The prompt of a conversation, ending where the assistant is to speak.

        A last message of the assistant is the start of its answer and is continued. Templates that
        refuse or drop the system role, or two turns of one role, get the conversation folded.

        Raises:
            ModelError: the template refuses the folded conversation too.
        """
        start = messages[-1].content if messages and messages[-1].role == "assistant" else ""
        asked = messages[:-1] if start else messages
        return self._render_folding(asked) + start

    def _render_folding(self, messages: Sequence[Message]) -> str:
        try:
            prompt = self._render(messages)
            if all(each.content.strip() in prompt for each in messages if each.role == "system"):
                return prompt
        except BROKEN:
            pass  # the folded conversation is the second and last try
        try:
            return self._render(fold(messages))
        except BROKEN as error:
            raise ModelError(f"the model's chat template failed: {error}") from error

    def _render(self, messages: Sequence[Message]) -> str:
        rows = [{"role": each.role, "content": each.content} for each in messages]
        return self._template.render(
            messages=rows, add_generation_prompt=True, enable_thinking=False, tools=None,
            **self._names,
        )


def fold(messages: Sequence[Message]) -> list[Message]:
    """The same conversation with user and assistant alternating and no system role.

    System text opens the user turn that follows it; neighbours of one role become one turn.
    """
    folded: list[Message] = []
    for message in messages:
        role = "user" if message.role == "system" else message.role
        if folded and folded[-1].role == role:
            joined = f"{folded[-1].content}\n\n{message.content}"
            folded[-1] = Message(role, joined)
        else:
            folded.append(Message(role, message.content))
    return folded


def _raise(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)


def _now(form: str) -> str:
    return datetime.now().astimezone().strftime(form)


def _to_json(value: Any, indent: int | None = None, **_: Any) -> str:
    """Plain JSON; Jinja's own filter escapes for HTML, which no model was trained on."""
    return json.dumps(value, ensure_ascii=False, indent=indent)
