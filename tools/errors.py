"""The errors of this package, drawn before they are defined.

    ToolError                 base: one clear line for the user, naming the bad value
    +-- ModelError            anything about a language model
        +-- ModelFileError    the file itself: missing, not GGUF, truncated, of the wrong kind
        +-- ModelNotFound     a reference that names no model on this machine
        +-- ServerError       a server that cannot be reached, refuses, or breaks off
        +-- TurnTooLong       one turn alone does not fit the model's context
        +-- AdapterRefused    llama.cpp did not take an adapter
        +-- ScriptExhausted   a scripted model has no reply left
        +-- BadReply          a model does not keep to the form it was asked for
    +-- EditError             a subject or a model cannot be edited
    +-- BakeError             a model file or an adapter cannot be written

Every message is written for the person at the terminal. Whatever is not a ToolError is a bug.
"""


class ToolError(Exception):
    """Base of what a user may read; the message is one line."""


class ModelError(ToolError):
    """Something about a language model cannot be done."""


class ModelFileError(ModelError):
    """The model file is missing, damaged, or of a kind that cannot be used."""


class ModelNotFound(ModelError):
    """No model on this machine answers to the reference."""


class ServerError(ModelError):
    """The server cannot be reached, refuses, breaks off, or is none; never holds the key."""


class TurnTooLong(ModelError):
    """The last turn alone is longer than the model's context."""


class AdapterRefused(ModelError):
    """llama.cpp did not take the adapter; its own log line is part of the message."""


class ScriptExhausted(ModelError):
    """A scripted model was asked more often than it has replies."""


class EditError(ToolError):
    """A weight edit cannot be made: unknown subject, no strangers like it, or not that model."""


class BakeError(ToolError):
    """A file with the edits cannot be written: no place for it, or a weight that no type fits."""


class BadReply(ModelError):
    """The model's reply does not have the form it was asked for, time and again; the message
    quotes 80 characters of it at most."""
