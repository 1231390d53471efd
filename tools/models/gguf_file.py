"""Judges a GGUF file before llama.cpp sees it: can it be a patient, and can its weights be edited?

Every no is one line that says what the file is instead. Weights are never read here.
"""

from collections import Counter
from pathlib import Path

from tools.errors import ModelFileError
from tools.models.file_facts import fingerprint
from tools.models.gguf_header import Header, Value, read_header
from tools.models.types import ModelInfo

EMBEDDING_ARCHITECTURES = frozenset(
    "bert distilbert modern-bert neo-bert nomic-bert nomic-bert-moe jina-bert-v2 jina-bert-v3"
    " eurobert gemma-embedding t5encoder".split()
)
OTHER_KINDS = {
    "adapter": "a LoRA adapter",
    "mmproj": "an image projector",
    "imatrix": "a matrix of importances",
}
SEQUENCE_TO_SEQUENCE = frozenset({"t5"})
NO_POOLING = 0
DEFAULT_CONTEXT = 4096
"""Tokens of context when none is asked for; more costs memory on small machines."""


def check_patient(path: Path) -> Header:
    """The header of a file that can be a chat patient.

    Raises ModelFileError in one line for anything else: what `read_header` refuses, adapters,
    projectors, embedding models, encoder-decoders, models without tokenizer or chat template.
    """
    header = read_header(path)
    other = _other_kind(header)
    if other is not None:
        raise ModelFileError(f"{str(path)!r} is {other}; a chat model is needed")
    text(header, "tokenizer.ggml.model")
    for part in ("context_length", "embedding_length", "block_count"):
        count(header, part)
    if not header.metadata.get("tokenizer.chat_template"):
        raise ModelFileError(
            f"{str(path)!r} has no chat template: it is a base model that only continues text;"
            " choose its instruct or chat version"
        )
    return header


def _other_kind(header: Header) -> str | None:
    """What the file is if it is no chat model, else None."""
    kind = OTHER_KINDS.get(str(header.metadata.get("general.type")))
    if kind:
        return kind
    architecture = text(header, "general.architecture")
    if is_embedding_model(header):
        return f"an embedding model ({architecture})"
    if architecture in SEQUENCE_TO_SEQUENCE:
        return f"an encoder-decoder ({architecture})"
    return None


def is_embedding_model(header: Header) -> bool:
    """Whether the model was made to give one vector for a text."""
    architecture = text(header, "general.architecture")
    pooling = header.metadata.get(f"{architecture}.pooling_type", NO_POOLING)
    return architecture in EMBEDDING_ARCHITECTURES or pooling != NO_POOLING


def read_info(
    path: Path,
    *,
    ref: str | None = None,
    context_length: int | None = None,
    cache_dir: Path | None = None,
) -> ModelInfo:
    """What the file tells of its model; raises as `check_patient` does.

    `context_length` is the wish for the running context; `cache_dir` keeps fingerprints.
    """
    header = check_patient(path)
    reason = why_not_editable(header)
    trained = count(header, "context_length")
    return ModelInfo(
        ref=ref or str(path),
        name=str(header.metadata.get("general.name") or path.stem),
        architecture=text(header, "general.architecture"),
        layers=count(header, "block_count"),
        width=count(header, "embedding_length"),
        feed_forward=_feed_forward(header),
        context_length=min(trained, context_length or DEFAULT_CONTEXT),
        size_bytes=header.size_bytes,
        fingerprint=fingerprint(path, cache_dir),
        quantisation=quantisation(header),
        editable=reason is None,
        why_not_editable=reason,
        instruct=True,
    )


def why_not_editable(header: Header) -> str | None:
    """Why an edit of the MLP cannot reach this model; None if it can.

    An edit changes `blk.N.ffn_down.weight`, one dense matrix for each layer.
    """
    if count(header, "split.count", default=1, plain=True) > 1:
        return "its file is split into parts; join them with llama-gguf-split --merge"
    if any("_exps" in name for name in header.tensors):
        return "it is a mixture of experts: a layer has many down-projections, not one"
    shapes = set()
    for layer in range(count(header, "block_count")):  # in a damaged file there may be billions
        name = f"blk.{layer}.ffn_down.weight"
        if name not in header.tensors:
            return f"it has no dense down-projection {name!r}"
        shapes.add(header.tensors[name].shape)
    if not shapes:
        return "its file says that it has no layers"
    if len(shapes) > 1 or len(next(iter(shapes))) != 2:
        return "its layers have down-projections of different shapes"
    return None


def quantisation(header: Header) -> str:
    """Type of the weights as the file names it, else the type that most bytes have."""
    from gguf.constants import LlamaFileType

    try:
        named: str = LlamaFileType(count(header, "general.file_type", plain=True)).name
        return named.removeprefix("MOSTLY_").removeprefix("ALL_")
    except (ModelFileError, ValueError):
        sizes: Counter[str] = Counter()
        for tensor in header.tensors.values():
            sizes[tensor.type_name] += tensor.nbytes
        return sizes.most_common(1)[0][0] if sizes else "unknown"


def text(header: Header, key: str) -> str:
    """A string of the metadata; raises ModelFileError if it is missing or no string."""
    value = header.metadata.get(key)
    if not isinstance(value, str) or not value:
        raise _lacks(header, key, value)
    return value


def count(header: Header, key: str, default: int | None = None, *, plain: bool = False) -> int:
    """A positive whole number of the metadata, under the architecture's name unless `plain`.

    Raises ModelFileError if it is missing and has no default, or is something else.
    """
    full = key if plain else f"{text(header, 'general.architecture')}.{key}"
    value = header.metadata.get(full, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _lacks(header, full, value)
    return value


def _feed_forward(header: Header) -> int:
    """Length of a down-projection input; 0 for a model without dense down-projections."""
    down = header.tensors.get("blk.0.ffn_down.weight")
    return down.shape[0] if down else 0


def _lacks(header: Header, key: str, value: Value | None) -> ModelFileError:
    what = f"has no {key!r}" if value is None else f"has {key!r} = {value!r}"
    return ModelFileError(f"{str(header.path)!r} {what}: it is not a whole language model")
