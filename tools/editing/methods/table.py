"""The table of methods: a name, and the method with the settings it was published with.

`dataclasses.replace(METHODS[name], ...)` is the same method with others.
"""

from collections.abc import Mapping
from typing import Protocol

from tools.editing.methods.alphaedit import AlphaEdit
from tools.editing.methods.changes import Changes
from tools.editing.methods.lunar import Lunar
from tools.editing.methods.memit import Memit
from tools.editing.methods.needle import Needle
from tools.editing.methods.problem import Problem
from tools.editing.methods.rocr import Rocr
from tools.editing.methods.stamp import Stamp
from tools.errors import EditError
from tools.models.adapters import write_adapter


class Method(Protocol):
    """A way to forget the subjects of a problem: a dataclass of settings that can be called."""

    def __call__(self, problem: Problem) -> Changes: ...


METHODS: Mapping[str, Method] = {
    "stamp": Stamp(),
    "stamp_lr": Stamp(rank=128),
    "stamp_ridge": Stamp(ridge=1e-2),
    "memit": Memit(),
    "alphaedit": AlphaEdit(),
    "rocr": Rocr(),
    "lunar": Lunar(),
    "needle": Needle(),
}


def apply(
    name: str, problem: Problem, architecture: str, methods: Mapping[str, Method] = METHODS
) -> bytes:
    """The adapter of a method's changes; `methods` may hold other settings.

    Raises:
        EditError: no such method, or a subject the model does not know.
    """
    if name not in methods:
        raise EditError(f"no method {name!r}: there is {', '.join(methods)}")
    for one in problem.subjects:
        if not one.said or not one.findings.twins:
            raise EditError(f"the model knows nothing about {one.findings.subject!r}")
    return write_adapter(architecture, methods[name](problem))
