"""What may be written after `--model`, against folders laid out as other programs do."""

import hashlib
import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools.models.tiny_gguf import write_tiny
from tools.errors import ModelFileError, ModelNotFound
from tools.models.places import Places, quantisation_in
from tools.models.references import list_models, open_model, resolve
from tools.models.scripted import ScriptedModel

SHIPPED = Path("shipped.gguf")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """One home with models of four programs; their content does not matter here."""
    hub, cache = tmp_path / "hub", tmp_path / "llama.cpp"
    studio, ollama = tmp_path / "studio", tmp_path / "ollama"
    qwen = hub / "models--Qwen--Qwen2.5-0.5B-Instruct-GGUF/snapshots/abc"
    for quant in ("q4_k_m", "q8_0", "fp16"):
        _file(qwen / f"qwen2.5-0.5b-instruct-{quant}.gguf")
    _file(qwen / "mmproj-f16.gguf")
    _file(cache / "ggml-org_gemma-3-1b-it-GGUF_gemma-3-1b-it-Q4_K_M.gguf")
    for part in (1, 2):
        _file(studio / f"bartowski/Big-GGUF/Big-Q8_0-0000{part}-of-00002.gguf")
    _ollama(ollama, "library/llama3.2/1b", b"one")
    _ollama(ollama, "library/llama3.2/latest", b"two")
    _ollama(ollama, "mia/diary/latest", b"three")
    broken = ollama / "manifests/registry.ollama.ai/library/broken/latest"
    _file(broken)
    return Places((hub,), (cache,), (studio,), (ollama, tmp_path / "nowhere"))


def _file(path: Path, content: bytes = b"GGUF") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _ollama(folder: Path, name: str, content: bytes) -> None:
    digest = hashlib.sha256(content).hexdigest()
    _file(folder / "blobs" / f"sha256-{digest}", content)
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}"}
    config = {"mediaType": "application/vnd.ollama.image.license", "digest": "sha256:0"}
    manifest = json.dumps({"layers": [config, layer]}).encode()
    _file(folder / "manifests/registry.ollama.ai" / name, manifest)


@pytest.mark.parametrize(
    ("ref", "file"),
    [
        ("Qwen/Qwen2.5-0.5B-Instruct-GGUF", "qwen2.5-0.5b-instruct-q4_k_m.gguf"),
        ("qwen/qwen2.5-0.5b-instruct-gguf:Q8_0", "qwen2.5-0.5b-instruct-q8_0.gguf"),
        ("Qwen2.5-0.5B-Instruct-GGUF:q8_0", "qwen2.5-0.5b-instruct-q8_0.gguf"),
        ("qwen2.5-0.5b-instruct-fp16", "qwen2.5-0.5b-instruct-fp16.gguf"),
        ("qwen2.5", "qwen2.5-0.5b-instruct-q4_k_m.gguf"),
        ("gemma-3-1b", "ggml-org_gemma-3-1b-it-GGUF_gemma-3-1b-it-Q4_K_M.gguf"),
        ("bartowski/Big-GGUF:Q8_0", "Big-Q8_0-00001-of-00002.gguf"),
        ("llama3.2:1b", f"sha256-{hashlib.sha256(b'one').hexdigest()}"),
        ("llama3.2", f"sha256-{hashlib.sha256(b'two').hexdigest()}"),
        ("mia/diary", f"sha256-{hashlib.sha256(b'three').hexdigest()}"),
    ],
)
def test_a_name_finds_the_file(places: Places, ref: str, file: str) -> None:
    assert resolve(ref, default=SHIPPED, places=places).name == file


def test_no_reference_is_the_shipped_model(places: Places) -> None:
    assert resolve(None, default=SHIPPED, places=places) == SHIPPED


def test_a_path_wins_over_names(places: Places, tmp_path: Path) -> None:
    path = _file(tmp_path / "llama3.2")
    assert resolve(str(path), default=SHIPPED, places=places) == path


def test_a_path_that_does_not_exist_is_not_searched_for(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="no model file at"):
        open_model(str(tmp_path / "missing.gguf"), default=SHIPPED)


@pytest.mark.parametrize("ref", ["mistral", "llama3.2:70b", "Qwen/Qwen2.5:Q2_K"])
def test_an_unknown_name_says_what_to_give(places: Places, ref: str) -> None:
    with pytest.raises(ModelNotFound, match=f"no model '{ref}' on this machine"):
        resolve(ref, default=SHIPPED, places=places)


def test_a_name_that_fits_several_models_names_them(places: Places) -> None:
    with pytest.raises(ModelNotFound, match=r"may be .*Qwen.*gemma.*name one"):
        resolve("i", default=SHIPPED, places=places)


def test_listing_says_what_each_file_is_good_for(tmp_path: Path) -> None:
    repository = tmp_path / "hub/models--me--tiny/snapshots/1"
    repository.mkdir(parents=True)
    write_tiny(repository / "tiny-q8_0.gguf", weights="Q8_0")
    write_tiny(repository / "base-q4_0.gguf", weights="Q4_0", template=None)
    shipped = write_tiny(tmp_path / "shipped.gguf")
    rows = list_models(default=shipped, places=Places(huggingface=(tmp_path / "hub",)))
    assert [(row["source"], row["ref"]) for row in rows] == [
        ("shipped", str(shipped)), ("huggingface", "me/tiny:Q4_0"), ("huggingface", "me/tiny:Q8_0")
    ]
    assert "no chat template" in str(rows[1]["problem"])
    assert rows[2]["problem"] is None
    assert (rows[2]["architecture"], rows[2]["quantisation"]) == ("llama", "Q8_0")
    assert rows[2]["editable"]


def test_split_files_are_listed_once_and_projectors_never(places: Places) -> None:
    names = [model.path.name for model in places.models()]
    assert sum("Big" in name for name in names) == 1
    assert not [name for name in names if "mmproj" in name]
    assert len(names) == len(set(names)) == 8


def test_environment_variables_move_the_folders(tmp_path: Path) -> None:
    environment = {"HOME": "/home/mia", "LLAMA_CACHE": str(tmp_path), "HF_HOME": "/big/hf"}
    places = Places.of_this_machine(environment)
    assert places.llama_cpp == (tmp_path,)
    assert places.huggingface == (Path("/big/hf/hub"),)
    assert Path("/home/mia/.lmstudio/models") in places.lm_studio


@pytest.mark.parametrize(
    ("name", "quant"),
    [
        ("qwen2.5-0.5b-instruct-q4_k_m.gguf", "Q4_K_M"),
        ("gemma-3-1b-it-Q4_0.gguf", "Q4_0"),
        ("model.IQ2_XXS.gguf", "IQ2_XXS"),
        ("model-BF16-00001-of-00003.gguf", "BF16"),
        ("model.gguf", None),
        ("model-fp16.gguf", "F16"),
    ],
)
def test_the_quantisation_is_read_from_the_name(name: str, quant: str | None) -> None:
    assert quantisation_in(name) == quant


def test_a_script_is_opened_by_its_prefix(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text('["hello"]')
    model = open_model(f"scripted:{script}", default=SHIPPED)
    assert isinstance(model, ScriptedModel)
    assert model.info.ref == f"scripted:{script}"


def test_a_file_that_would_end_the_process_is_refused(
    tmp_path: Path, tiny_path: Callable[..., Path]
) -> None:
    fatal = tmp_path / "fatal.gguf"
    # llama.cpp asserts that no token occurs twice
    fatal.write_bytes(tiny_path().read_bytes().replace(b"<0xDD>", b"<0x0D>"))
    with pytest.raises(ModelFileError, match=f"ends on it with signal {signal.SIGABRT.value}"):
        open_model(str(fatal), default=SHIPPED, cache_dir=tmp_path)


def test_a_good_file_is_tried_once_and_remembered(
    tmp_path: Path, tiny_path: Callable[..., Path]
) -> None:
    with open_model(str(tiny_path()), default=SHIPPED, threads=1, cache_dir=tmp_path) as model:
        assert model.info.fingerprint == hashlib.sha256(tiny_path().read_bytes()).hexdigest()
    remembered = json.loads((tmp_path / "model-files.json").read_text())
    assert sorted(key.rpartition("|")[2] for key in remembered) == ["sha256", "survived"]
