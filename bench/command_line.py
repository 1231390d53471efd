"""What the command lines of all benches share."""

import argparse
import sys


def parser_for(module: str, doc: str | None) -> argparse.ArgumentParser:
    """The parser of `python -m module`, described by the first line of its docstring."""
    return argparse.ArgumentParser(
        f"python -m {module}", description=(doc or "").split("\n", maxsplit=1)[0]
    )


def say(text: str) -> None:
    """A line of progress."""
    print(text, file=sys.stderr, flush=True)
