"""The operating system's keyring through the `keyring` library, with readable errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from memory.errors import KeyRefused

SERVICE = "lethe"
"""What the entries are filed under."""


def get(account: str) -> str | None:
    """The secret kept for an account, None if there is none.

    Raises:
        KeyRefused: this system has no keyring, or it is locked. So do the others.
    """
    import keyring

    with _usable():
        return keyring.get_password(SERVICE, account)


def put(account: str, secret: str) -> None:
    """Keep a secret for an account, in place of another."""
    import keyring

    with _usable():
        keyring.set_password(SERVICE, account, secret)


def drop(account: str) -> None:
    """Remove an account's secret; one that is gone is fine."""
    import keyring

    with _usable():
        if keyring.get_password(SERVICE, account) is not None:
            keyring.delete_password(SERVICE, account)


@contextmanager
def _usable() -> Iterator[None]:
    from keyring.errors import KeyringError, NoKeyringError

    try:
        yield
    except NoKeyringError as error:
        raise KeyRefused("this system has no keyring; keep the key in its file") from error
    except KeyringError as error:
        raise KeyRefused(f"the system's keyring refused: {error}") from error
