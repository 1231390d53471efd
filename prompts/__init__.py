"""What is said to a model: one file a prompt, rendered strictly."""

from prompts.errors import PromptError
from prompts.render import Prompt, fence, names, render, variables

__all__ = ["Prompt", "PromptError", "fence", "names", "render", "variables"]
