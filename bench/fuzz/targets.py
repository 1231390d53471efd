"""Every door that is fuzzed, for the quick tests and the large run alike."""

from functools import cache

from bench.fuzz.files import file_targets
from bench.fuzz.ledgers import ledger_targets
from bench.fuzz.lines import command_target
from bench.fuzz.streams import stream_target
from bench.fuzz.target import Target

NAMES = (
    "command line", "settings", "preferences", "scripted models", "adapters", "edits",
    "model files", "stream filter", "ledger: steps", "ledger: damaged file",
    "ledger: damaged row",
)  # fmt: skip


@cache
def targets() -> dict[str, Target]:
    """By name, in the order of `NAMES`; small good files to damage are made on the first call."""
    found = [command_target(), *file_targets(), stream_target(), *ledger_targets()]
    return {target.name: target for target in found}
