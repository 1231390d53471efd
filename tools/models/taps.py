"""Reads rows of activations out of a pass while it runs, and overwrites them if asked.

A product is found by the weight that it multiplies, since the names of nodes differ between
architectures and move when an adapter is plugged in; a stream is found by its node's name. It does
not know what the rows mean.
"""

import ctypes
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.errors import ModelError
from tools.models import native

Floats = NDArray[np.float32]
Patch = Callable[[Floats], Floats]
Kind = Literal["keys", "outputs", "edited", "streams"]

EMBEDDED = "embedded"
"""The name of the residual stream before the first block: the embeddings, scaled if the model
scales them. It is a name of ours: llama.cpp's differs between architectures."""
_MLP_INPUT = "ffn_inp-"


class Want(NamedTuple):
    """What to read: `name` is a weight's, or a stream's for `streams`."""

    kind: Kind
    name: str


def block_output(layer: int) -> str:
    """The name of the residual stream after a block."""
    return f"l_out-{layer}"


def mlp_input(layer: int) -> str:
    """The name of the residual stream between a block's attention and its MLP."""
    return f"{_MLP_INPUT}{layer}"


class Watch:
    """A `cb_eval` callback that collects rows; the pass ends after the last wanted node.

    `patches` maps a wanted output or stream to what its rows are to be instead; a pass with a
    patch goes on to its end.
    """

    def __init__(self, wants: Iterable[Want], patches: Mapping[Want, Patch] | None = None) -> None:
        self.patches = dict(patches or {})
        self.wants = {*wants, *self.patches}
        self.rows: dict[Want, Floats] = {}
        self.failure: Exception | None = None
        self._weights = {w.name.encode(): w.name for w in self.wants if w.kind != "streams"}
        self._streams = {w.name.encode(): w for w in self.wants if w.kind == "streams"}
        norms = {_norm_after(want.name): want for want in self._streams.values()}
        self._norms = {name: want for name, want in norms.items() if name}
        self._loras = {f"{w.name}.lora_b".encode(): w for w in self.wants if w.kind == "edited"}

    def begin(self) -> None:
        """Forget the pass before."""
        self.rows, self.failure = {}, None

    def missing(self) -> list[str]:
        """Names of what the last pass never came by."""
        return sorted({want.name for want in self.wants - self.rows.keys()})

    def __call__(self, pointer: int, ask: bool, _data: int | None) -> bool:
        try:
            hits = list(self._hits(pointer))
            if not ask:
                for want, address in hits:
                    self._take(want, address, pointer)
        except Exception as failure:  # noqa: BLE001 - must not cross into C; raised again after the pass
            self.failure = failure
            return False
        if ask:
            return bool(hits)
        return bool(self.patches) or len(self.rows) < len(self.wants)

    def _hits(self, pointer: int) -> Iterator[tuple[Want, int]]:
        """What this node holds of the wanted, and where."""
        node = native.at(pointer)
        first, second = node.src[0], node.src[1]
        weight = self._weights.get(first.contents.name) if first else None
        if weight and native.multiplies(node):
            yield from self._product(weight, pointer, second)
        if stream := self._streams.get(node.name):
            yield stream, pointer
        if second and (stream := self._norms.get(second.contents.name)):
            normed = first.contents.src[0]  # norm(x) * weight: x is the stream
            if stream not in self.rows:
                yield stream, ctypes.addressof(normed.contents)
        if self._loras and second and (want := self._loras.get(_origin(second))):
            yield want, pointer

    def _product(
        self, weight: str, pointer: int, keys: "ctypes._Pointer[native.Tensor]"
    ) -> Iterator[tuple[Want, int]]:
        if (want := Want("keys", weight)) in self.wants:
            yield want, ctypes.addressof(keys.contents)
        if (want := Want("outputs", weight)) in self.wants:
            yield want, pointer

    def _take(self, want: Want, address: int, node: int) -> None:
        tensor = native.at(address)
        rows = self.rows[want] = native.read_rows(address, tensor)
        if patch := self.patches.get(want):
            if address != node:  # the norm has already been computed from it
                raise ModelError(f"{want.name!r} cannot be overwritten in this architecture")
            native.write_rows(address, tensor, patch(rows))


def _norm_after(stream: str) -> bytes:
    """The weight of the norm that reads a stream whose own node has no name everywhere."""
    if stream == EMBEDDED:
        return b"blk.0.attn_norm.weight"
    layer = stream.removeprefix(_MLP_INPUT)
    return b"" if layer == stream else f"blk.{layer}.ffn_norm.weight".encode()


def _origin(term: "ctypes._Pointer[native.Tensor]") -> bytes:
    """The weight at the root of an adapter's share: scale(lora_b * (lora_a * keys))."""
    product = term.contents.src[0]
    weight = product.contents.src[0] if product else None
    return bytes(weight.contents.name) if weight else b""
