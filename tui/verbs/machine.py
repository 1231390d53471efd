"""The verbs about this machine: `models`, `doctor`. Neither opens a session."""

from tui.errors import DONE, NOT_DONE
from tui.verbs.call import Call


def models(call: Call) -> int:
    """List the GGUF files found in the usual places, and what can be done with each."""
    from tools.models.references import list_models

    found = list_models()
    call.output.result(found, "")
    return DONE


def doctor(call: Call) -> int:
    """Check this machine and this installation."""
    return NOT_DONE
