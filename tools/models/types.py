"""Plain values that every model client takes and gives; they know no library."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Role = Literal["system", "user", "assistant"]

Progress = Callable[[int, int], None]
"""Called with (units done, units in all) during long work."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation; a last turn of the assistant is the start of its answer."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen. Temperature 0 is greedy; the seed matters only above 0."""

    temperature: float = 0.0
    max_tokens: int = 256
    """A server is told any other number, but not the default: it counts thoughts too, and a long
    one would leave no room for the answer. The length is then the server's to choose."""
    seed: int = 0
    schema: str | None = None
    """A JSON schema, as text, that the answer follows. A model in this process is held to it, a
    server is asked for it, a script takes no notice; an answer cut at `max_tokens` may be half."""


GREEDY = Sampling()
"""The likeliest token each time, 256 at most; a server chooses how many."""


class Steering(Protocol):
    """What an answer may not say, and what it had better not; asked before a token is taken, on
    the model's own thread.

    Only a model in this process can be steered. Every other takes a steering and ignores it.
    """

    @property
    def discouraged(self) -> Sequence[str]:
        """Words whose tokens, and tokens like them, are made less likely."""

    def forbids(self, text: str) -> bool:
        """Whether an answer may not read `text`: the answer so far and the piece to come.

        A word at the very end may still grow. What an answer may not end with is asked as a text
        with a line end behind it.
        """


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a model is, as far as its file tells."""

    ref: str
    """The reference it was opened by."""
    name: str
    architecture: str
    """llama.cpp's name of the architecture, e.g. `llama`, `qwen2`."""
    layers: int
    width: int
    """Length of a hidden state."""
    feed_forward: int
    """Length of a down-projection input."""
    context_length: int
    """Tokens the running context holds; not more than the model was trained for."""
    size_bytes: int
    fingerprint: str
    """sha256 of the file, in hex."""
    quantisation: str
    """Type of the weights: `F32`, `Q8_0`, `Q4_K_M`, ..."""
    editable: bool
    """Whether a weight edit can reach it."""
    why_not_editable: str | None
    """The reason, None where it is editable."""
    instruct: bool
    """Whether it has a chat template."""
    local: bool = True
    """Whether it runs in this process; what is asked of any other model leaves it."""
    elsewhere: bool = False
    """Whether what is asked leaves this machine, by its address: True for a server elsewhere,
    False in this process and behind a loopback address (what that server does is its own)."""
