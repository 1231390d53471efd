"""The errors a user may read, drawn before they are defined.

    LetheError                     anything the graph itself refuses
    +-- TurnRefused                a turn that cannot be taken (empty, too long, control characters)
    +-- NothingToForget            a subject that neither memory nor model knows
    +-- TooBroad                   a subject that would take half the model with it
    +-- NothingToBake              no request is in the weights of this model
    +-- Stopped                    the owner stopped the work before anything was changed
    +-- OwnerOnly                  a guest wants more than an answer
    +-- KeepsNothing               a private session was to change or write something
    +-- NotWaiting                 an answer was given where no question is open
    +-- StillWaiting               a new turn came while consent is open
    tools.errors.ToolError         the model, its file, its edit
    memory.errors.MemoryFault      the data directory and what lies in it
    prompts.errors.PromptError     a prompt file that does not fit its values

Each package owns its base, because the bottom three do not know one another; `USER_ERRORS` is what
an edge (command line, app) catches to print one line and exit with 2. Anything else is a bug.
"""

from memory.errors import MemoryFault
from prompts.errors import PromptError
from tools.errors import ToolError


class LetheError(Exception):
    """Base of what the graph refuses; the message is one line for the user."""


class TurnRefused(LetheError):
    """The turn cannot be taken at all."""


class NothingToForget(LetheError):
    """Neither memory nor the model knows the subject."""


class TooBroad(LetheError):
    """The subject is a common word or would take far too much with it."""


class NothingToBake(LetheError):
    """No active request has changed the weights of this model."""


class Stopped(LetheError):
    """The owner stopped the work; nothing was changed."""


class OwnerOnly(LetheError):
    """A guest may ask and nothing else."""


class KeepsNothing(LetheError):
    """A private session changes and writes nothing."""


DECLINED = "this is a private session: it keeps nothing; start Lethe without --private for that"
"""What a private session answers to an order that would keep or change something."""


class NotWaiting(LetheError):
    """`resume` was called on a thread that asked nothing."""


class StillWaiting(LetheError):
    """The thread waits for consent; a new turn cannot start before it is given or refused."""


USER_ERRORS: tuple[type[Exception], ...] = (LetheError, ToolError, MemoryFault, PromptError)
