"""The slash commands: one table for the hints, the help, the palette and the dispatch."""

from dataclasses import dataclass

from tui.errors import UsageError
from tui.report import Table


@dataclass(frozen=True, slots=True)
class Command:
    """`argument` is its name in capitals, in brackets if it may be left out, or empty."""

    name: str
    argument: str
    summary: str

    @property
    def usage(self) -> str:
        """The command as one types it."""
        return f"/{self.name} {self.argument}".rstrip()

    @property
    def complete(self) -> bool:
        """Whether it can run without an argument."""
        return not self.argument or self.argument.startswith("[")


COMMANDS = (
    Command("help", "", "what can be typed and pressed"),
    Command("forget", "TEXT", "forget a subject; you are asked first"),
    Command("restore", "REQUEST|TEXT", "undo a request; you are asked first"),
    Command("list", "", "the requests, their receipts, restore and verify"),
    Command("remember", "TEXT", "keep a text in memory"),
    Command("verify", "[REQUEST]", "attack what was forgotten and count the leaks"),
    Command("receipts", "[N]", "what was done and measured, or one receipt in full"),
    Command("scan", "TEXT", "where a text still is, and who could read it"),
    Command("new", "", "begin a new session"),
    Command("private", "", "begin a session that keeps nothing, or go back from one"),
    Command("sessions", "", "resume an earlier session"),
    Command("copy", "[code]", "copy the last answer, or its last code block"),
    Command("export", "[FILE]", "write this session to a Markdown file"),
    Command("theme", "[NAME]", "choose the colours"),
    Command("quit", "", "leave"),
)

KEYS = (
    ("Enter", "send"),
    ("Ctrl+J", "new line"),
    ("Up, Down", "earlier and later input"),
    ("Ctrl+R", "search earlier input"),
    ("Tab", "complete a command"),
    ("Esc", "stop the answer; what came is kept"),
    ("y, n", "answer a plan; Enter is no"),
    ("F2", "requests"),
    ("F3", "sessions"),
    ("F4", "unfold how the last answer came about"),
    ("Ctrl+P", "command palette"),
    ("Ctrl+Q", "leave"),
)


def is_command(text: str) -> bool:
    """Whether a turn is meant for the app; a path such as `/etc/hosts` is not."""
    head = text.split(maxsplit=1)[0] if text.split() else ""
    return head.startswith("/") and "/" not in head[1:]


def parse_command(text: str) -> tuple[Command, str]:
    """The command and its argument.

    Raises:
        UsageError: unknown, or its argument is missing.
    """
    name, _, argument = text.strip()[1:].partition(" ")
    command = next((command for command in COMMANDS if command.name == name), None)
    if command is None:
        raise UsageError(f"there is no command '/{name}'; /help lists them")
    argument = argument.strip()
    if not argument and not command.complete:
        raise UsageError(f"/{name} needs {command.argument}")
    return command, argument


def matching(text: str) -> list[Command]:
    """The commands that the beginning of a turn may become."""
    if not text.startswith("/") or " " in text or "\n" in text:
        return []
    return [command for command in COMMANDS if command.name.startswith(text[1:])]


def help_tables() -> list[Table]:
    """Commands and keys, for `/help`."""
    commands = tuple((command.usage, command.summary) for command in COMMANDS)
    return [Table(("command", "does"), commands), Table(("key", "does"), KEYS)]
