"""What can be asked of a bake and what it tells of itself; plain data that loads no library."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["same", "f32", "f16", "bf16", "q8_0", "q6_k", "q5_k_m", "q5_0", "q4_k_m", "q4_0"]
"""Precision of the written file, by llama.cpp's names; `same` leaves every weight's own."""

Kept = Literal["same", "q8_0", "f16", "blocks"]
"""What gets more precision than the file's kind gives: nothing (`same`), the weights that an edit
changed (at least `q8_0` or `f16`), or, as an edit answers to what reaches it, all weights of the
`blocks` up to the last edited one (at least Q8_0, as far as the base file has it)."""

KEPT: tuple[Kept, ...] = ("same", "q8_0", "f16", "blocks")
"""In the order in which they are tried."""

Keep = Literal["auto", "same", "q8_0", "f16", "blocks"]
"""A `Kept`, or `auto`: as little as the probes of the written file allow."""


@dataclass(frozen=True, slots=True)
class BakeOrder:
    """Where to write a model file with the edits in its weights, and in which precision."""

    target: Path
    kind: Kind = "same"
    keep: Keep = "auto"
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """Precision of what was not simply copied: tensor name -> ggml's name of the type.

    `edited` are the changed weights, `raised` others that were given more than the file's kind
    gives them; `fallbacks` those whose rows do not fit that type.
    """

    edited: dict[str, str]
    raised: dict[str, str]
    fallbacks: dict[str, str]


@dataclass(frozen=True, slots=True)
class Finished:
    """A file that is in its place; hashes are sha256 in hex."""

    path: Path
    size_bytes: int
    sha256: str
    base_path: Path
    base_sha256: str
    adapter_sha256: str
