"""The verbs of the command line, one function each: `Call` in, exit status out."""

from collections.abc import Callable

from tui.verbs.ask import ask
from tui.verbs.bake import bake, export_adapter
from tui.verbs.call import Call
from tui.verbs.forget import forget
from tui.verbs.keys import key, shred
from tui.verbs.machine import doctor, models
from tui.verbs.memory import list_requests, remember, watch
from tui.verbs.purge import purge
from tui.verbs.receipts import receipts
from tui.verbs.restore import restore
from tui.verbs.retention import retention
from tui.verbs.scan import scan
from tui.verbs.verify import verify

VERBS: dict[str, Callable[[Call], int]] = {
    "ask": ask,
    "forget": forget,
    "restore": restore,
    "list": list_requests,
    "remember": remember,
    "watch": watch,
    "verify": verify,
    "purge": purge,
    "scan": scan,
    "receipts": receipts,
    "retention": retention,
    "bake": bake,
    "export-adapter": export_adapter,
    "key": key,
    "shred": shred,
    "models": models,
    "doctor": doctor,
}

__all__ = ["VERBS", "Call"]
