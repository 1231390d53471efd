"""Where other programs on this machine keep GGUF files, and which files lie there.

Hugging Face hub, llama.cpp, LM Studio and Ollama, each in its own layout. Files are listed by name
and size only; whether one can be used, `gguf_file` says.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Source = Literal["shipped", "huggingface", "llama.cpp", "lm-studio", "ollama"]

_LATER_PART = re.compile(r"-(?!0*1-of-)\d+-of-\d+\.gguf$", re.IGNORECASE)
_QUANTISATION = re.compile(
    r"(?<![A-Z0-9])(I?Q\d(?:_[A-Z0-9]+)*|BF16|FP?16|FP?32|MXFP4)(?![A-Z0-9])"
)
_OLLAMA_MODEL = "application/vnd.ollama.image.model"
_OLLAMA_HOME = "registry.ollama.ai"


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model file on this machine; `ref` is what to give to `--model`."""

    ref: str
    path: Path
    source: Source
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Places:
    """The folders that are searched; those that do not exist are passed over."""

    huggingface: tuple[Path, ...] = ()
    llama_cpp: tuple[Path, ...] = ()
    lm_studio: tuple[Path, ...] = ()
    ollama: tuple[Path, ...] = ()

    @classmethod
    def of_this_machine(cls, environment: Mapping[str, str] = os.environ) -> "Places":
        """The folders of the user's programs; their own environment variables move them."""
        home = Path(environment.get("HOME") or Path.home())
        cache = Path(environment.get("XDG_CACHE_HOME") or home / ".cache")
        own = home / "Library/Caches" if sys.platform == "darwin" else cache
        hub = Path(environment.get("HF_HOME") or cache / "huggingface") / "hub"
        return cls(
            huggingface=(_given(environment, "HF_HUB_CACHE") or hub,),
            llama_cpp=(_given(environment, "LLAMA_CACHE") or own / "llama.cpp",),
            lm_studio=(home / ".lmstudio/models", cache / "lm-studio/models"),
            ollama=(
                _given(environment, "OLLAMA_MODELS") or home / ".ollama/models",
                Path("/usr/share/ollama/.ollama/models"),
            ),
        )

    def models(self) -> list[FoundModel]:
        """Every model file found, in the order of the fields; a file is listed once."""
        found: dict[Path, FoundModel] = {}
        for model in self._all():
            found.setdefault(model.path.resolve(), model)
        return list(found.values())

    def _all(self) -> Iterator[FoundModel]:
        for folder in self.huggingface:
            yield from in_huggingface(folder)
        for folder in self.llama_cpp:
            yield from in_llama_cpp(folder)
        for folder in self.lm_studio:
            yield from in_lm_studio(folder)
        for folder in self.ollama:
            yield from in_ollama(folder)


def in_huggingface(hub: Path) -> Iterator[FoundModel]:
    """`models--USER--REPO/snapshots/REVISION/**/*.gguf`; the newest revision first."""
    for repository in sorted(_children(hub, "models--*--*")):
        user, repo = repository.name.removeprefix("models--").split("--", 1)
        revisions = sorted(_children(repository / "snapshots", "*"), key=_age, reverse=True)
        for revision in revisions:
            yield from _files(revision, f"{user}/{repo}", "huggingface")


def in_llama_cpp(cache: Path) -> Iterator[FoundModel]:
    """`USER_REPO_FILE.gguf`, all in one folder; the reference is the file's name."""
    for path in _ggufs(cache, "*.gguf"):
        yield _found(path.stem, path, "llama.cpp")


def in_lm_studio(folder: Path) -> Iterator[FoundModel]:
    """`USER/REPO/*.gguf`."""
    for repository in sorted(_children(folder, "*/*")):
        yield from _files(repository, f"{repository.parent.name}/{repository.name}", "lm-studio")


def in_ollama(folder: Path) -> Iterator[FoundModel]:
    """`manifests/REGISTRY/OWNER/NAME/TAG`, JSON that names a blob by its hash."""
    for manifest in sorted(_children(folder / "manifests", "*/*/*/*")):
        blob = _ollama_blob(folder, manifest)
        if blob is not None and blob.is_file():
            registry, owner, name, tag = manifest.parts[-4:]
            owned = name if owner == "library" else f"{owner}/{name}"
            ref = owned if registry == _OLLAMA_HOME else f"{registry}/{owned}"
            yield _found(f"{ref}:{tag}", blob, "ollama")


def _ollama_blob(folder: Path, manifest: Path) -> Path | None:
    """The model file of a manifest; None where the manifest is something else or damaged."""
    try:
        layers = json.loads(manifest.read_text("utf-8"))["layers"]
        digests = [each["digest"] for each in layers if each["mediaType"] == _OLLAMA_MODEL]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    if not digests or not re.fullmatch(r"sha256:[0-9a-f]{64}", str(digests[0])):
        return None
    return folder / "blobs" / str(digests[0]).replace(":", "-")


def _files(folder: Path, repository: str, source: Source) -> Iterator[FoundModel]:
    for path in _ggufs(folder, "**/*.gguf"):
        quant = quantisation_in(path.name)
        yield _found(f"{repository}:{quant}" if quant else repository, path, source)


def quantisation_in(name: str) -> str | None:
    """The weight type in a file name, `Q4_K_M` in `qwen2.5-0.5b-instruct-q4_k_m.gguf`."""
    found = _QUANTISATION.findall(name.upper())
    return str(found[-1]).replace("FP", "F") if found else None


def _ggufs(folder: Path, pattern: str) -> list[Path]:
    """Model files: of a split one its first part only, and no image projectors."""
    return [
        path for path in sorted(_children(folder, pattern))
        if path.is_file() and not _LATER_PART.search(path.name) and "mmproj" not in path.name
    ]


def _children(folder: Path, pattern: str) -> list[Path]:
    """Matches in a folder; none if it is missing or may not be read."""
    try:
        return list(folder.glob(pattern))
    except OSError:
        return []


def _found(ref: str, path: Path, source: Source) -> FoundModel:
    return FoundModel(ref, path, source, path.stat().st_size)


def _age(path: Path) -> float:
    return path.stat().st_mtime


def _given(environment: Mapping[str, str], name: str) -> Path | None:
    value = environment.get(name)
    with suppress(RuntimeError):  # `~` of a user who is not there: the usual place then
        return Path(value).expanduser() if value else None
    return None
