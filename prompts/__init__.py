"""What is said to a model: one file a prompt, rendered strictly."""

from prompts.errors import PromptError
from prompts.render import fence, names, render, variables

__all__ = ["PromptError", "fence", "names", "render", "variables"]
