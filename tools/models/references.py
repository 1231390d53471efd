"""From what the user writes after `--model` to a model: a path, a name, a server, or a script.

`http://HOST:PORT/v1#MODEL` is a model of a server; without `#MODEL` its only one. A path wins; then
`user/repo[:quant]`, `name:tag` and plain names are looked up among the files that other programs
keep on this machine. Nothing is downloaded.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from tools.errors import ModelNotFound, ToolError
from tools.models.places import FoundModel, Places

if TYPE_CHECKING:
    from tools.models.engine import LlamaEngine
    from tools.models.scripted import ScriptedModel
    from tools.models.served import ServedModel

    Model = LlamaEngine | ScriptedModel | ServedModel

SCRIPT = "scripted:"
SERVERS = ("http://", "https://")
PREFERRED = ("Q4_K_M", "Q8_0", "Q4_0", "F16")
"""Which file of a repository is meant when no quantisation is named; as llama.cpp has it."""
SHOWN = 5


class ListedModel(TypedDict):
    """A row of `lethe models`; `problem` says why a file cannot be the patient, else it is None."""

    ref: str
    path: str
    source: str
    size_bytes: int
    architecture: str | None
    quantisation: str | None
    editable: bool
    problem: str | None


def open_model(
    ref: str | None,
    *,
    default: Path,
    threads: int = 2,
    context_length: int | None = None,
    cache_dir: Path | None = None,
    places: Places | None = None,
    key: str | None = None,
) -> "Model":
    """Open the model that a reference names; None is the model at `default`.

    Any other file is tried in a process of its own the first time. `key` is for a server.

    Raises:
        ModelNotFound: nothing on this machine answers to it, or too much does.
        ModelFileError: the file found cannot be the patient.
        ServerError: the server cannot be used.
    """
    if ref is not None and ref.startswith(SCRIPT):
        from tools.models.scripted import ScriptedModel

        return ScriptedModel.from_file(_path(ref.removeprefix(SCRIPT)), ref=ref)
    if ref is not None and is_served(ref):
        return _served(ref, key)
    from tools.models.engine import LlamaEngine
    from tools.models.file_facts import check_survives
    from tools.models.gguf_file import check_patient

    path = resolve(ref, default=default, places=places)
    if path != default:
        check_patient(path)
        check_survives(path, cache_dir)
    return LlamaEngine(
        path, threads=threads, context_length=context_length, ref=ref, cache_dir=cache_dir
    )


def is_file(ref: str | None) -> bool:
    """Whether a reference names a model file, or None the one that comes along."""
    return ref is None or not (ref.startswith(SCRIPT) or is_served(ref))


def is_served(ref: str | None) -> bool:
    """Whether a reference names a model of a server."""
    return ref is not None and ref.startswith(SERVERS)


def _served(ref: str, key: str | None) -> "ServedModel":
    from tools.models.served import ServedModel
    from tools.models.server import Server

    base_url, _, name = ref.partition("#")
    return ServedModel(Server(base_url, key), name or None)


def list_served(ref: str, key: str | None = None) -> list[ListedModel]:
    """The models of a server; raises ServerError."""
    from tools.models.server import Server

    base_url = ref.partition("#")[0]
    return [
        ListedModel(
            ref=f"{base_url}#{name}", path=base_url, source="server", size_bytes=0,
            architecture=None, quantisation=None, editable=False, problem=None,
        )
        for name in Server(base_url, key).models()
    ]


def resolve(ref: str | None, *, default: Path, places: Places | None = None) -> Path:
    """The file that a reference names; raises as `open_model`."""
    if ref is None:
        return default
    path = _path(ref)
    if path.exists() or _looks_like_path(ref):
        return path  # whether it is a model file is judged when it is opened
    models = (places or Places.of_this_machine()).models()
    return _choose(ref, _matching(ref, models)).path


def list_models(
    *, default: Path | None = None, places: Places | None = None
) -> list[ListedModel]:
    """Every model file on this machine, the shipped one first, with what can be done with it."""
    found = (places or Places.of_this_machine()).models()
    if default is not None and default.is_file():
        found.insert(0, FoundModel(str(default), default, "shipped", default.stat().st_size))
    return [_listed(model) for model in found]


def _listed(model: FoundModel) -> ListedModel:
    from tools.models.gguf_file import check_patient, quantisation, text, why_not_editable

    row = ListedModel(
        ref=model.ref, path=str(model.path), source=model.source, size_bytes=model.size_bytes,
        architecture=None, quantisation=None, editable=False, problem=None,
    )
    try:
        header = check_patient(model.path)
        row["architecture"] = text(header, "general.architecture")
        row["quantisation"] = quantisation(header)
        row["editable"] = why_not_editable(header) is None
    except ToolError as error:
        row["problem"] = str(error)
    return row


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ModelNotFound(f"no file {text!r}: there is no such user here") from None


def _looks_like_path(ref: str) -> bool:
    return ref.lower().endswith(".gguf") or ref.startswith(("/", "./", "../", "~"))


def _matching(ref: str, models: Sequence[FoundModel]) -> list[FoundModel]:
    """The models a reference may mean: exactly by name if there is one, else by a part of it."""
    wanted, _, tag = ref.casefold().partition(":")
    tests: tuple[Callable[[FoundModel], bool], ...] = (
        lambda model: _name(model) == wanted,
        lambda model: wanted in _names(model),
        lambda model: _plain(wanted) in _plain(model.ref),
    )
    for test in tests:
        if found := [model for model in models if test(model) and _has_tag(model, tag)]:
            return found
    return []


def _choose(ref: str, found: Sequence[FoundModel]) -> FoundModel:
    """The one meant; of one repository's files the preferred quantisation."""
    if not found:
        raise ModelNotFound(
            f"no model {ref!r} on this machine; give a .gguf file, or see `lethe models`"
        )
    if len({_name(model) for model in found}) > 1:
        raise ModelNotFound(f"{ref!r} may be {_several(found)}; name one of them")
    ranked = sorted(found, key=_preference)
    if len(ranked) > 1 and _preference(ranked[0]) == len(PREFERRED):
        raise ModelNotFound(f"{ref!r} may be {_several(found)}; name one of them")
    return ranked[0]


def _preference(model: FoundModel) -> int:
    tag = model.ref.rpartition(":")[2].upper()
    tag = "Q4_K_M" if tag == "LATEST" else tag
    return PREFERRED.index(tag) if tag in PREFERRED else len(PREFERRED)


def _several(found: Sequence[FoundModel]) -> str:
    refs = list(dict.fromkeys(model.ref for model in found))
    more = f" or {len(refs) - SHOWN} more" if len(refs) > SHOWN else ""
    return ", ".join(map(repr, refs[:SHOWN])) + more


def _name(model: FoundModel) -> str:
    """The reference without tag, in small letters."""
    return model.ref.casefold().partition(":")[0]


def _names(model: FoundModel) -> set[str]:
    """Other exact names of a model: the repository without its owner, the file's stem."""
    return {_name(model).rpartition("/")[2], model.path.stem.casefold()}


def _has_tag(model: FoundModel, tag: str) -> bool:
    names = {model.ref.casefold().partition(":")[2], model.path.stem.casefold()}
    return not tag or any(name == tag or name.endswith(f"-{tag}") for name in names)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())
