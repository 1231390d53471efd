"""The command `lethe`: reads the arguments, runs a verb or the app, and turns errors into one line.

This is the edge: the only place where every exception is caught, and where the process's own
streams, environment and exit status are touched.
"""

import io
import os
import sys
import warnings
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import replace

from tui.arguments import parse_arguments
from tui.errors import (
    DONE,
    INTERRUPTED,
    PIPE_CLOSED,
    UsageError,
    exit_status,
    is_for_user,
    one_line,
)
from tui.output import Output
from tui.paths import paths, private_umask
from tui.ports import OpenSession, ProgressFn, SessionLike
from tui.progress import ProgressLine
from tui.settings import Settings, chosen_data_dir, debugging, load_settings

FROM_ARGUMENTS = ("model", "data_dir", "strategy", "guest", "private")
GUEST_VERBS = ("ask", "models")
WITHOUT_DATA = ("models", "doctor", "shred")
"""Verbs that read nothing sealed, or can do without."""
PRIVATE_VERBS = ("ask", "list", "watch", "models")
Opener = Callable[[Settings], OpenSession]
"""From settings to the way a session is opened; the composition root's, or a test's."""


def main(argv: Sequence[str] | None = None, opener: Opener | None = None) -> int:
    """Run the command and return its exit status; never raises but for `--help` and `--version`."""
    _prepare_streams()
    try:
        with private_umask():
            return _run(parse_arguments(argv), opener or _compose)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return PIPE_CLOSED
    except Exception as error:
        if debugging() and not is_for_user(error):
            raise
        Output(as_json=_wants_json(argv)).failure(one_line(error))
        return exit_status(error)


def _run(arguments: Namespace, opener: Opener) -> int:
    settings = _settings(arguments)
    if settings.guest and arguments.verb not in (None, *GUEST_VERBS):
        raise UsageError(f"a guest can only ask; `lethe {arguments.verb}` is for the owner")
    if settings.private and arguments.verb not in (None, *PRIVATE_VERBS):
        from agents.errors import DECLINED, KeepsNothing

        raise KeepsNothing(DECLINED)
    if arguments.verb not in WITHOUT_DATA or getattr(arguments, "repair", False):
        settings = _unlocked(settings)
    if arguments.verb is None:
        return _run_app(settings, opener, as_json=arguments.json)
    return _run_verb(arguments, settings, opener(settings))


def _settings(arguments: Namespace) -> Settings:
    given = vars(arguments)
    folder = paths(chosen_data_dir(given["data_dir"], os.environ)).config
    return load_settings(
        {name: given[name] for name in FROM_ARGUMENTS}, os.environ, folder / "config.toml"
    )


def _unlocked(settings: Settings) -> Settings:
    """The settings with the passphrase of the key, if it has one and somebody can type it."""
    file = paths(settings.data_dir).key
    if settings.passphrase or not file.exists() or not _somebody_there():
        return settings
    from getpass import getpass

    from memory.key import KeyFile

    if not KeyFile(file).locked:
        return settings
    return replace(settings, passphrase=getpass("Passphrase: "))


def _run_verb(arguments: Namespace, settings: Settings, open_session: OpenSession) -> int:
    from tui.verbs import VERBS, Call

    lines = getattr(arguments, "text", None) in ("-", ["-"])
    with ProgressLine() as progress:
        call = Call(
            arguments=arguments,
            settings=settings,
            output=Output(as_json=arguments.json, lines=lines),
            progress=progress,
            open_session=open_session,
            stdin=sys.stdin.buffer,
            question=None if lines or not _somebody_there() else _question,
        )
        return VERBS[arguments.verb](call)


def _run_app(settings: Settings, opener: Opener, *, as_json: bool) -> int:
    if as_json:
        raise UsageError("--json needs a verb, for example `lethe list --json`")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the app needs a terminal; in a script use a verb, see `lethe --help`")
    from tui.app import LetheApp
    from tui.preferences import PreferenceFile

    preferences = PreferenceFile(paths(settings.data_dir).state / "preferences.json")
    other = opener(replace(settings, private=not settings.private))
    app = LetheApp(opener(settings), preferences, other, private=settings.private)
    app.run()
    if app.failure:
        Output().failure(app.failure)
    return app.return_code or DONE


def _compose(settings: Settings) -> OpenSession:
    def open_composed(progress: ProgressFn) -> SessionLike:
        from tui.compose import open_session

        return open_session(settings, progress=progress)

    return open_composed


def _wants_json(argv: Sequence[str] | None) -> bool:
    """Whether a program reads the output; true also where the arguments could not be parsed."""
    return "--json" in (sys.argv[1:] if argv is None else argv)


def _somebody_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _question(prompt: str) -> str:
    """One line from the person at the terminal; nothing at the end of input."""
    sys.stderr.write(prompt)
    sys.stderr.flush()
    return sys.stdin.readline()


def _prepare_streams() -> None:
    """UTF-8 whatever the locale says; libraries' warnings are for their developers."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if not sys.warnoptions:
        warnings.simplefilter("ignore")


def _drop_output() -> None:
    """Point standard output at nothing, so that the interpreter's last flush cannot fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
