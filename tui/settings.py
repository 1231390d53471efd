"""What can be set, from where, and in which order: argument, environment, file, default.

A plain dataclass rather than a settings library: the command line must answer within 0.3 s. The
environment and `config.toml` are read here, once, and nowhere else in the program.
"""

import os
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from agents.events import Method
from tools.guarding.names import StrategyName
from tui.errors import SettingsError
from tui.paths import named


@dataclass(frozen=True, slots=True)
class Settings:
    """One field a setting, in the order of `config.toml`; environment names are `LETHE_` + upper.

    `None` leaves the choice to the composition root.
    """

    model: str | None = None
    """A path, `user/repo[:quant]`, `http://HOST/v1#MODEL`, or `scripted:FILE`; unset: the shipped
    patient."""

    data_dir: Path | None = None
    """Memories, ledger, threads and edits; unset: the user's data directory."""

    cache_dir: Path | None = None
    """Studies and converted files, all of which can be made again; unset: the user's cache."""

    threads: int = 2
    """Processor threads for the patient."""

    method: Method = "auto"
    """How to forget unless a request says otherwise."""

    strategy: StrategyName = "auto"
    """How guarded answers are made, unless `strategies` has another for the model."""

    strategies: Mapping[str, StrategyName] = field(default_factory=dict)
    """Strategies of single models by their reference; in the file only."""

    guest: bool = False
    """Somebody else than the owner is at the keyboard: he may ask, and learns of no request."""

    passphrase: str | None = field(default=None, repr=False)
    """Of the key that the data are sealed with; from LETHE_PASSPHRASE or the terminal, no file."""
    private: bool = False
    """Nothing of the session is kept: no talk, no memory, no order, no preference."""

    keep_chats_days: int | None = None
    """Days after their last turn at which conversations go, unless an order says otherwise; unset:
    they are kept."""

    api_key: str | None = field(default=None, repr=False)
    """Key of the server that `model` names; from OPENAI_API_KEY for that company's host alone."""


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text that is not empty")
    if any(unicodedata.category(character) == "Cc" for character in value.strip()):
        raise ValueError("a text without control characters")
    return value.strip()


def _folder(value: object) -> Path:
    return named(value if isinstance(value, Path) else Path(_text(value))).absolute()


def _threads(value: object) -> int:
    if isinstance(value, str) and value.strip().isdecimal() and len(value.strip()) <= 3:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 256:
        raise ValueError("a whole number from 1 to 256")
    return value


def _key(value: object) -> str:
    text = _text(value)
    if not (text.isascii() and text.isprintable()):
        raise ValueError("letters, digits and signs that a header can carry")
    return text


LONGEST_KEPT = 36_500
"""Days; as `tools.watching.chat_age`, which takes too long to import here."""


def _days(value: object) -> int:
    number = int(value) if isinstance(value, int | str) and str(value).strip().isdecimal() else 0
    if not 1 <= number <= LONGEST_KEPT:
        raise ValueError(f"a whole number of days from 1 to {LONGEST_KEPT}")
    return number


def _method(value: object) -> str:
    if value not in get_args(Method):
        raise ValueError("one of " + ", ".join(get_args(Method)))
    return str(value)


def _strategy(value: object) -> str:
    if value not in get_args(StrategyName):
        raise ValueError("one of " + ", ".join(get_args(StrategyName)))
    return str(value)


def _strategies(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("a table of model references, each with its strategy")
    return {str(model): _strategy(name) for model, name in value.items()}


def _switch(value: object) -> bool:
    said = str(value).strip().casefold() if isinstance(value, str | bool) else ""
    if said not in ("true", "false", "1", "0", "yes", "no"):
        raise ValueError("true or false")
    return said in ("true", "1", "yes")


_READ: dict[str, Callable[[object], Any]] = {
    "model": _text,
    "data_dir": _folder,
    "cache_dir": _folder,
    "threads": _threads,
    "method": _method,
    "strategy": _strategy,
    "strategies": _strategies,
    "guest": _switch,
    "private": _switch,
    "keep_chats_days": _days,
    "api_key": _key,
}
SHIPPED = "patient"
"""What `strategies` calls the model that comes along."""
OPENAI_HOST = "https://api.openai.com/"
SHOWN = 200
"""Characters of a value that a message shows."""


def load_settings(
    arguments: Mapping[str, object], environ: Mapping[str, str], file: Path
) -> Settings:
    """Merge the sources, the first that names a setting wins.

    Raises:
        SettingsError: a value that cannot be used, an unknown key, or a file that is not TOML.
    """
    given = _given(arguments, environ)
    values = _from_file(file) | given
    of_model = values.get("strategies", {}).get(values.get("model", SHIPPED))
    if of_model and "strategy" not in given:
        values["strategy"] = of_model
    if str(values.get("model", "")).startswith(OPENAI_HOST) and environ.get("OPENAI_API_KEY"):
        values.setdefault("api_key", environ["OPENAI_API_KEY"])
    return Settings(**values, passphrase=environ.get("LETHE_PASSPHRASE") or None)


def chosen_data_dir(argument: object, environ: Mapping[str, str]) -> Path | None:
    """The data directory that was asked for: it is needed to find the file of settings.

    Raises:
        SettingsError: it cannot be used.
    """
    chosen = {"LETHE_DATA_DIR": environ.get("LETHE_DATA_DIR", "")}
    folder: Path | None = _given({"data_dir": argument}, chosen).get("data_dir")
    return folder


def _given(arguments: Mapping[str, object], environ: Mapping[str, str]) -> dict[str, Any]:
    """What the environment and the command line say, the latter stronger."""
    values: dict[str, Any] = {}
    for name in _READ:
        variable = "LETHE_" + name.upper()
        if environ.get(variable):
            values[name] = _read(name, environ[variable], variable)
        if arguments.get(name) is not None:
            values[name] = _read(name, arguments[name], "--" + name.replace("_", "-"))
    return values


def _from_file(file: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError) as error:  # also numbers and nesting without end
        raise SettingsError(f"{file} is not a TOML file: {error}") from None
    unknown = sorted(set(table) - set(_READ))
    if unknown:
        named = _shown(unknown[0])
        raise SettingsError(f"{file}: unknown setting {named}; known: {', '.join(_READ)}")
    return {name: _read(name, value, f"{file}: {name}") for name, value in table.items()}


def _read(name: str, value: object, origin: str) -> object:
    try:
        return _READ[name](value)
    except ValueError as error:
        shown = "not usable" if name == "api_key" else _shown(value)
        raise SettingsError(f"{origin} is {shown}, expected {error}") from None


def _shown(value: object) -> str:
    """A value as a message names it; a very long one by its beginning."""
    try:
        text = repr(value)
    except ValueError:  # Python writes out no number of more than 4,300 digits
        return "a number of more than 4,300 digits"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def debugging() -> bool:
    """Whether bugs should show where they happened (`LETHE_DEBUG`)."""
    return bool(os.environ.get("LETHE_DEBUG"))
