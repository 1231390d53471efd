"""What the command line and the app refuse by themselves, and how an edge tells user errors apart.

    UsageError                     a mistake the user can mend; the message is one line
    +-- NotText                    bytes from standard input that are not text, or too many of them
    +-- SettingsError              a setting, variable or configuration file that makes no sense

The errors of the graph and of the packages below it are drawn in `agents.errors`. They are imported
only when something has gone wrong, because the screen paints before any of them is loaded.
"""

DONE, NOT_DONE, FAILED, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 130, 141
"""Exit statuses; `NOT_DONE` means that nothing was changed, or that a probe found a leak."""


class UsageError(Exception):
    """Base of what this package refuses; the message is one line for the user."""


class NotText(UsageError):
    """A line of standard input that is not text; names the byte, or the size and the limit."""


class SettingsError(UsageError):
    """A setting that cannot be used; names where it came from, its value and what was expected."""


def is_for_user(error: BaseException) -> bool:
    """Whether the message is meant for the user; anything else is a bug of the program."""
    if isinstance(error, UsageError | OSError):
        return True
    from agents.errors import USER_ERRORS

    return isinstance(error, USER_ERRORS)


def exit_status(error: BaseException) -> int:
    """`NOT_DONE` where the request was understood and refused, else `FAILED`."""
    from agents.errors import NothingToForget, TooBroad

    return NOT_DONE if isinstance(error, NothingToForget | TooBroad) else FAILED


def one_line(error: BaseException) -> str:
    """The message on one line; a bug's also names its type, for it was not written for the user."""
    message = " ".join(_words(error).split()) or type(error).__name__
    if is_for_user(error):
        return message + _remedy(error)
    return f"unexpected {type(error).__name__}: {message} (LETHE_DEBUG=1 shows where)"


def _remedy(error: BaseException) -> str:
    """Where a damaged file is mended."""
    from memory.errors import StoreCorrupt

    return " (see `lethe doctor --repair`)" if isinstance(error, StoreCorrupt) else ""


def _words(error: BaseException) -> str:
    """The message without the number of the system's error."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename!r}" if error.filename else error.strerror
    return str(error)
