"""Prompts are files; this renders them strictly.

A prompt is a Markdown file beside this module with `$name` variables (`string.Template`, so JSON
braces need no escaping). A variable without a value and a value without a variable are both errors:
a prompt that silently lost its subject is worse than none. A text given as a value is quoted line
by line, so that whatever a user or a model wrote cannot leave its place and speak as the prompt.
"""

import re
from functools import cache
from importlib import resources
from string import Template

from prompts.errors import PromptError


class Prompt(str):
    """Text of a prompt file, rendered: the only text that may stand in a prompt unquoted."""

    __slots__ = ()


@cache
def _template(name: str) -> Template:
    try:
        return Template((resources.files("prompts") / f"{name}.md").read_text("utf-8").strip())
    except FileNotFoundError:
        raise PromptError(f"no prompt named {name!r}") from None


def names() -> list[str]:
    """Names of all prompts that ship, sorted."""
    files = resources.files("prompts").iterdir()
    return sorted(entry.name[:-3] for entry in files if entry.name.endswith(".md"))


def variables(name: str) -> set[str]:
    """Names of the `$variables` of prompt `name`.

    Raises:
        PromptError: there is no such prompt.
    """
    return set(_template(name).get_identifiers())


def render(name: str, **values: str | int) -> Prompt:
    """The text of prompt `name` with every variable filled.

    Texts are quoted (`fence`) and so must have a line of their own; numbers, and what `render`
    itself made, stand as they are.

    Raises:
        PromptError: there is no such prompt, `values` and its variables differ, or a text would
            stand inside a line.
    """
    wanted, given = variables(name), set(values)
    if wanted != given:
        raise PromptError(f"prompt {name!r} wants {sorted(wanted)!r}, not {sorted(given)!r}")
    placed = {key: _placed(name, key, value) for key, value in values.items()}
    return Prompt(_template(name).substitute(placed))


def fence(text: str) -> str:
    """`text` as quoted data between lines that it cannot itself contain.

    Every line is prefixed, so no input can close the quotation and speak as the prompt.
    """
    return "\n".join(f"| {line}" for line in text.splitlines() or [""])


def _placed(name: str, variable: str, value: str | int) -> str:
    if isinstance(value, Prompt | int):
        return str(value)
    if not re.search(rf"(?m)^\${variable}$", _template(name).template):
        raise PromptError(f"prompt {name!r} has no line of its own for the text {variable!r}")
    return fence(value)
