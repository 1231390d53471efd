"""Pages of `docs/` that a bench writes, so that no figure in them was typed in by hand."""

import sys
from pathlib import Path
from typing import Any


def write_page(folder: Path, name: str, title: str, body: str) -> None:
    """Write `body` (Markdown) under `title` to `folder/name`, with the command it came from."""
    command = " ".join(["python", "-m", *_module_and_options()])
    text = f"# {title}\n\n{body}\n\nWritten by `{command}`.\n"
    (folder / name).write_text(text, "utf-8")


def _module_and_options() -> list[str]:
    """The running module and its options; of paths only the last part, they are this machine's."""
    spec = sys.modules["__main__"].__spec__
    name = spec.name.removesuffix(".__main__") if spec else Path(sys.argv[0]).stem
    return [name, *(Path(word).name if "/" in word else word for word in sys.argv[1:])]


def figure(width: float, height: float, columns: int = 1) -> tuple[Any, Any]:
    """A figure of that many inches with `columns` panels, drawn without a screen."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "lethe"
    from matplotlib import pyplot

    return pyplot.subplots(1, columns, figsize=(width, height), sharey=columns > 1)


def save(picture: Any, file: Path) -> None:
    """Write a figure as SVG, the same again for the same figures."""
    picture.tight_layout()
    picture.savefig(file, metadata={"Date": None})
