"""Fetch what Lethe needs beside its packages: `python -m tui.fetch`, run by the set-up."""

from __future__ import annotations

import sys

from tools.models.embedder_files import EmbedderError, ensure_embedder
from tui.paths import make_private, paths


def main() -> int:
    """Put the embedder into the user's cache; 0 done, 2 one line on stderr says why not."""
    try:
        ensure_embedder(make_private(paths().cache), _report)
    except (EmbedderError, OSError) as error:
        print(f"lethe: {error}", file=sys.stderr)
        return 2
    return 0


def _report(stage: str, _done: int, _total: int) -> None:
    print(f"-- {stage}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
