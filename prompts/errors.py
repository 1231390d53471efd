"""The one error of this package."""


class PromptError(Exception):
    """A prompt file is missing, or its variables and the given values do not agree."""
