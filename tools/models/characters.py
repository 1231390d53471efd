"""Characters that no text can hold."""


def whole(text: str) -> str:
    r"""Lone surrogates, which JSON can carry (`"\ud800"`) and UTF-8 cannot, become `?`."""
    return text.encode("utf-8", "replace").decode("utf-8")
