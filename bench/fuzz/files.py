"""Files from strangers, or damaged on the disk: adapters, edits, model files, scripts, settings and
preferences. Each is read, or refused in one line by an error meant for the user."""

import json
from functools import cache
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from bench.fuzz.target import Target, one_line, scratch
from bench.fuzz.texts import ODD, TEXT, damaged
from tools.editing.blocks import Block
from tools.editing.store import Edit, EditFiles, unpack
from tools.errors import AdapterRefused, ModelFileError, ScriptExhausted
from tools.models.adapters import Factors, merge, read_adapter, write_adapter
from tools.models.gguf_file import quantisation, read_info, why_not_editable
from tools.models.gguf_header import read_header
from tools.models.scripted import ScriptedModel
from tools.models.types import Message
from tui.errors import SettingsError
from tui.preferences import PreferenceFile, Preferences
from tui.settings import Settings, load_settings


@cache
def an_adapter() -> bytes:
    """A small adapter as the editor writes it."""
    b, a = np.ones((4, 2), np.float32), np.ones((2, 6), np.float32)
    return write_adapter("llama", {"blk.0.ffn_down.weight": Factors(b, a)})


@cache
def an_edit() -> bytes:
    """The file of a small edit."""
    files = EditFiles(scratch() / "good", "f" * 64)
    block = Block(np.ones((2, 6)), np.ones((2, 4)))
    files.save(Edit("r1", "Marcus Feld", ["Marcus Feld"], [], {0: block}))
    return files.path("r1").read_bytes()


@cache
def a_model() -> bytes:
    """The header of a chat model with one tensor and its bytes."""
    from gguf import GGUFWriter

    path = scratch() / "good.gguf"
    writer = GGUFWriter(path, "llama")
    writer.add_name("small")
    writer.add_context_length(64)
    writer.add_embedding_length(8)
    writer.add_block_count(1)
    writer.add_feed_forward_length(8)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(["a", "b"])
    writer.add_chat_template("{{ messages }}")
    writer.add_tensor("blk.0.ffn_down.weight", np.ones((8, 8), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path.read_bytes()


def check_adapter(data: bytes) -> None:
    """An adapter's factors fit one another, or it is refused."""
    try:
        merged = merge(*[read_adapter(data)] * 2)
    except AdapterRefused as error:
        one_line(str(error))
        return
    assert all(each.b.shape[1] == each.a.shape[0] for each in merged.values())


def check_edit(data: bytes) -> None:
    """An edit can be used, or counts as not there."""
    files = EditFiles(scratch() / "edits", "f" * 64)
    path = files.path("r1")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    unpack(path, 3)
    edit = files.load("r1")
    assert edit is None or all(len(b.keys) == len(b.residuals) for b in edit.blocks.values())


def check_model_file(data: bytes) -> None:
    """A model file is judged by its header alone, in one line where it is refused."""
    path = _written("model.gguf", data)
    try:
        header = read_header(path)
        quantisation(header)
        why_not_editable(header)
        read_info(path)
    except ModelFileError as error:
        one_line(str(error))


def check_script(data: bytes) -> None:
    """A script gives a model that answers, or is refused."""
    try:
        model = ScriptedModel.from_file(_written("script.json", data))
    except ModelFileError as error:
        one_line(str(error))
        return
    try:
        "".join(model.stream([Message("user", "Who is it?")])).encode()
    except ScriptExhausted as error:
        one_line(str(error))


def check_settings(sources: tuple[dict[str, str], dict[str, str], bytes]) -> None:
    """Settings that can be used come out, or one line that names what is wrong."""
    arguments, environ, file = sources
    try:
        settings = load_settings(arguments, environ, _written("config.toml", file))
    except SettingsError as error:
        one_line(" ".join(str(error).split()))
        return
    _are_usable(settings)


def _are_usable(settings: Settings) -> None:
    assert 1 <= settings.threads <= 256
    for folder in (settings.data_dir, settings.cache_dir):
        assert folder is None or folder.is_absolute()
        assert folder is None or bytes(folder)


def check_preferences(data: bytes) -> None:
    """Whatever the file holds, the app has preferences."""
    preferences = PreferenceFile(_written("preferences.json", data)).load()
    assert isinstance(preferences, Preferences) and isinstance(preferences.theme, str)


def _written(name: str, data: bytes) -> Path:
    path = scratch() / name
    path.write_bytes(data)
    return path


SETTING = st.sampled_from([
    "model", "data_dir", "cache_dir", "threads", "method", "strategy", "strategies", "guest",
    "api_key",
])  # fmt: skip
GOOD_TOML = (
    b'model = "m.gguf"\nthreads = 4\nmethod = "guard"\nguest = false\n'
    b'[strategies]\n"m.gguf" = "alu"\n'
)
TOML_VALUE = st.one_of(
    TEXT.map(json.dumps),
    ODD,
    st.integers().map(str),
    st.sampled_from(["true", "[]", "{}", "[1, 2]", "1979-05-27", "0x" + "f" * 5000, "1" * 5000,
                     "[" * 2000 + "]" * 2000, '{m = "alu"}', '"a\\u0000b"', "nan"]),
)  # fmt: skip
TOML = st.one_of(
    st.lists(st.tuples(SETTING | TEXT, TOML_VALUE), max_size=4).map(
        lambda rows: "\n".join(f"{name} = {value}" for name, value in rows).encode(errors="replace")
    ),
    damaged(GOOD_TOML),
)
SOURCES = st.tuples(
    st.dictionaries(st.sampled_from(["model", "data_dir", "strategy", "guest"]), TEXT, max_size=3),
    st.dictionaries(SETTING.map(lambda name: "LETHE_" + name.upper()) | TEXT, TEXT, max_size=3),
    TOML,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
RULE = st.fixed_dictionaries({
    "when": st.sampled_from(["Who", ".", "(", "a{99999999999999}", "(?i", "(" * 500, "[", "\\"])
    | TEXT,
    "reply": TEXT,
}) | JSON  # fmt: skip
SCRIPT = st.one_of(
    st.fixed_dictionaries(
        {"replies": st.lists(TEXT, max_size=2) | JSON, "rules": st.lists(RULE, max_size=3) | JSON}
    ).map(json.dumps).map(str.encode),
    JSON.map(json.dumps).map(str.encode),
    damaged(b'{"replies": ["Yes."], "rules": [{"when": "Who", "reply": "Nobody."}]}'),
    ODD.map(lambda text: text.encode(errors="replace")),
)
PREFERENCES = st.one_of(
    JSON.map(json.dumps).map(str.encode),
    TEXT.map(lambda theme: json.dumps({"theme": theme}).encode()),
    damaged(b'{"theme": "nord"}'),
    ODD.map(lambda text: text.encode(errors="replace")),
)


def file_targets() -> list[Target]:
    """Every reader of files."""
    return [
        Target("settings", SOURCES, check_settings, 22),
        Target("preferences", PREFERENCES, check_preferences, 18),
        Target("scripted models", SCRIPT, check_script, 14),
        Target("adapters", damaged(an_adapter()), check_adapter, 18),
        Target("edits", damaged(an_edit()), check_edit, 14),
        Target("model files", damaged(a_model()), check_model_file, 18),
    ]
