"""The command line's grammar: verbs, options and their help; it runs nothing.

argparse, because importing and rendering it takes a few milliseconds and its mistakes can be said
in one line.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Never, get_args

from agents.copies import By
from agents.events import Method
from tools.guarding.names import StrategyName
from tools.models.bake_order import Keep, Kind
from tui.errors import UsageError

DESCRIPTION = "An assistant in your terminal that can be told to forget."
EPILOG = """\
Without a verb, the app opens. TEXT may be `-`: one input a line is read from standard input, and
each is answered on its own; with --json, one JSON object a line.

exit status: 0 done; 1 not done, nothing changed (declined, unknown, ambiguous) or leaks found;
2 bad input or a failure, said in one line on standard error; 130 interrupted

examples:
  lethe ask "Who is Marcus Feld?"
  lethe forget "everything about Marcus Feld" --yes --json
  lethe retention 30
  lethe ask --json - < questions.txt
"""


Verb = Callable[[str, str], argparse.ArgumentParser]
"""Adds a verb with its summary to the grammar."""


class Parser(argparse.ArgumentParser):
    """Raises what is wrong as one line instead of printing the usage and leaving."""

    def error(self, message: str) -> Never:
        """Report a mistake in the arguments; the parser's name tells for which verb.

        Raises:
            UsageError: always.
        """
        raise UsageError(f"{message} (see `{self.prog} --help`)")


class _Version(argparse.Action):
    """Reads the installed version only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib import metadata

        parser.exit(message=f"lethe {metadata.version('lethe')}\n")


def parse_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The arguments with every common option present, `verb` None for the app.

    Raises:
        UsageError: they do not make sense.
        SystemExit: help or version was printed.
    """
    return build_parser().parse_args(argv)


def build_parser() -> Parser:
    """The whole grammar. Common options are taken before and after the verb alike."""
    parser = Parser(
        prog="lethe",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[_common(None)],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and leave")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", parser_class=Parser)
    _add_verbs(verbs)
    return parser


def _common(default: object) -> argparse.ArgumentParser:
    """Options of every verb; SUPPRESS as `default` keeps what was given before the verb."""
    common = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    add = common.add_argument
    add("--model", metavar="REF", default=default,
        help="a GGUF file or user/repo[:quant] (default: the shipped patient)")  # fmt: skip
    add("--data-dir", metavar="DIR", default=default, help="keep memories and edits in DIR")
    add("--strategy", choices=get_args(StrategyName), default=default,
        help="how guarded answers are made (default: auto)")  # fmt: skip
    add("--guest", action="store_const", const=True, default=default,
        help="somebody else asks: no requests, no memories, no trace")  # fmt: skip
    add("--private", action="store_const", const=True, default=default,
        help="keep nothing of this session: no talk, no memory, no order")  # fmt: skip
    add("--json", action="store_true", default=default or False, help="print JSON")
    return common


def _add_verbs(verbs: Any) -> None:
    common = _common(argparse.SUPPRESS)

    def verb(name: str, summary: str) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = verbs.add_parser(
            name, help=summary, description=summary, parents=[common], allow_abbrev=False
        )
        return added

    _talk(verb)
    _erasure(verb, common)
    _files(verb)
    verb("models", "list the models found on this machine")
    doctor = verb("doctor", "check this machine, this installation and what is stored; mend it")
    doctor.add_argument("--repair", action="store_true", help="mend what is damaged, after consent")
    doctor.add_argument(
        "--drop-damaged", action="store_true", help="erase the files that repairs have set aside"
    )
    _yes(doctor)


def _talk(verb: Verb) -> None:
    _text(verb("ask", "ask the patient; what was forgotten stays forgotten"))
    forget = verb("forget", "forget a subject, after consent")
    _text(forget)
    _yes(forget)
    forget.add_argument(
        "--method", choices=get_args(Method), help="in answers, in the weights, or what fits"
    )
    restore = verb("restore", "undo a request")
    _text(restore, "REQUEST|TEXT")
    _yes(restore)
    verb("list", "list the requests")
    _text(verb("remember", "keep a text in memory"))
    _text(verb("watch", "say how the watchdog reads a text; nothing is done"))
    verify = verb("verify", "attack what was forgotten and count the leaks")
    verify.add_argument("text", metavar="REQUEST", nargs="?", help="one request; unset: all")


def _erasure(verb: Verb, common: argparse.ArgumentParser) -> None:
    purge = verb("purge", "remove what was told from every store, for good; the model stays")
    _text(purge)
    _yes(purge)
    purge.add_argument(
        "--by", choices=get_args(By), default="subject",
        help="what TEXT is: a name, a sentence, a theme, a thread's id, where it was told"
        " (default: subject)",
    )
    _text(verb("scan", "look for a text in every file that Lethe keeps, in every form"))
    _receipts(verb("receipts", "list the receipts: what was done, and what it measured"), common)
    retention = verb("retention", "say or set after how many days conversations are forgotten")
    retention.add_argument("days", metavar="DAYS|never", nargs="?", help="unset: say it")
    _yes(retention)
    _key(verb("key", "say where the key of everything that is kept is, or keep it another way"))
    _yes(verb("shred", "forget everything: destroy the key and all that it sealed"))


def _files(verb: Verb) -> None:
    bake = verb("bake", "write a model file with the active edits in its weights, and probe it")
    _target(bake)
    bake.add_argument(
        "--type", choices=get_args(Kind), default="same", help="precision (default: same)"
    )
    bake.add_argument(
        "--keep-edited", choices=get_args(Keep), default="auto",
        help="what gets more precision: the edited weights (q8_0, f16), or all blocks up to theirs"
        " (default: auto, as the probes ask for)",
    )
    _target(verb("export-adapter", "write the active edits as one adapter for llama.cpp's --lora"))


def _key(parser: argparse.ArgumentParser) -> None:
    passphrase = parser.add_mutually_exclusive_group()
    passphrase.add_argument(
        "--passphrase", action="store_const", const="set", help="ask for it at every start"
    )
    passphrase.add_argument(
        "--no-passphrase", action="store_const", const="none", dest="passphrase",
        help="open it without one",
    )
    parser.add_argument(
        "--in", choices=("file", "keyring"), dest="keep_in", help="where it is kept"
    )


def _receipts(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    actions: Any = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=Parser)

    def action(name: str, summary: str) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = actions.add_parser(
            name, help=summary, description=summary, parents=[common], allow_abbrev=False
        )
        return added

    show = action("show", "print one receipt in full")
    show.add_argument("number", metavar="N", type=int, help="its number in the list")
    export = action("export", "write every receipt as a Markdown and a JSON file")
    export.add_argument("folder", metavar="DIR", type=Path, help="a folder; nothing is overwritten")
    verify = action("verify", "check that no receipt was changed, moved or removed")
    verify.add_argument("--head", metavar="HEX", help="a head that was printed and written down")


def _text(parser: argparse.ArgumentParser, name: str = "TEXT") -> None:
    parser.add_argument("text", metavar=name, nargs="+", help="words, or - for standard input")


def _target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", metavar="OUT", type=Path, help="the GGUF file to write")
    parser.add_argument("--force", action="store_true", help="replace OUT if it is there")


def _yes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="consent without being asked")
