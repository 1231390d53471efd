"""What the command line prints: results on standard output, everything else on standard error."""

import json
import sys
from dataclasses import dataclass, field
from typing import Any, TextIO

from tui.plain import clean


@dataclass(frozen=True, slots=True)
class Output:
    """Where results and remarks go; in JSON mode only whole JSON values reach `out`."""

    as_json: bool = False
    lines: bool = False
    """One compact JSON value a line, for many inputs."""
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)

    def result(self, record: object, text: str) -> None:
        """One result: the record in JSON mode, else the text if there is any."""
        if self.as_json:
            self._print(self.out, json.dumps(record, ensure_ascii=False, indent=self._indent))
        elif text:
            self._print(self.out, clean(text))

    def grow(self, text: str) -> None:
        """A piece of a result that a person sees while it is made; nothing in JSON mode."""
        if not self.as_json:
            self.out.write(clean(text))
            self.out.flush()

    def remark(self, text: str) -> None:
        """A line beside the result."""
        self._print(self.err, clean(text))

    def failure(self, message: str, line: int | None = None) -> None:
        """What went wrong, in one line; in JSON mode also an error object."""
        where = f"line {line}: " if line is not None else ""
        if self.as_json:
            which = {} if line is None else {"line": line}
            self.result({"error": message, **which}, "")
        self.remark(f"lethe: {where}{message}")

    @property
    def _indent(self) -> int | None:
        return None if self.lines else 2

    @staticmethod
    def _print(stream: TextIO, text: str) -> None:
        stream.write(text + "\n")
        stream.flush()


Record = dict[str, Any]
"""A JSON object whose keys the README documents."""
