"""An OpenAI-compatible server: where it is, with which key, and what its errors mean.

The key is this server's own; nothing of the environment is sent anywhere. Retries with back-off
are the client library's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openai

from tools.errors import ModelNotFound, ServerError

RETRIES = 3
CONNECT, READ = 5.0, 120.0
"""Seconds for a connection, and between two pieces of an answer."""
NO_KEY = "none"
SHOWN = 5


class Server:
    """A connection to one server; requests may come from any thread.

    `base_url` ends where `/chat/completions` begins, usually in `/v1`.
    """

    def __init__(
        self, base_url: str, key: str | None = None, *, read_timeout: float = READ
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._key = key or NO_KEY
        timeout = openai.Timeout(read_timeout, connect=CONNECT)
        self.client = openai.OpenAI(
            base_url=self.base_url, api_key=self._key, max_retries=RETRIES, timeout=timeout
        )
        # Taken from the environment by the library, and meant for another host.
        self.client.organization = self.client.project = None

    def models(self) -> list[str]:
        """Names of the models it serves.

        Raises:
            ServerError: it cannot be reached, refuses, or is no such server.
        """
        with self.explained():
            return [str(model.id) for model in self.client.models.list().data]

    def choose(self, wanted: str | None) -> str:
        """The model wanted, or the only one there is.

        Raises:
            ModelNotFound: there is no such model, or several and none was named.
            ServerError: as `models`.
        """
        names = self.models()
        if wanted in names:
            return str(wanted)
        if wanted is None and len(names) == 1:
            return names[0]
        shown = ", ".join(map(repr, names[:SHOWN])) + (" ..." if len(names) > SHOWN else "")
        has = f"it has {shown}" if names else "it has none"
        if wanted is None:
            raise ModelNotFound(f"which model of {self.base_url}? {has}")
        raise ModelNotFound(f"the server at {self.base_url} has no model {wanted!r}; {has}")

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn the library's errors into one line for the user."""
        try:
            yield
        except openai.APIStatusError as error:
            raise ServerError(self._refused(error)) from None
        except openai.APITimeoutError:
            raise ServerError(f"the server at {self.base_url} did not answer in time") from None
        except openai.APIConnectionError:
            raise ServerError(f"no server answers at {self.base_url!r}") from None
        except (openai.OpenAIError, LookupError, TypeError, ValueError, AttributeError) as error:
            what = self._safe(str(error))
            raise ServerError(
                f"the server at {self.base_url} does not speak the OpenAI protocol: {what}"
            ) from None

    def _refused(self, error: openai.APIStatusError) -> str:
        where, status = f"the server at {self.base_url}", error.status_code
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return f"{where} refuses the key ({status})"
        if isinstance(error, openai.RateLimitError):
            return f"{where} has too much to do (429), also after {RETRIES} more tries"
        return f"{where} refuses ({status}): {self._safe(_said(error))}"

    def _safe(self, text: str) -> str:
        """One short line without the key."""
        line = " ".join(text.split())[:200]
        return line.replace(self._key, "***") if self._key != NO_KEY else line

    def close(self) -> None:
        """Drop the connections."""
        self.client.close()


def _said(error: openai.APIStatusError) -> str:
    body: Any = error.body
    message = body.get("message") if isinstance(body, dict) else None
    return str(message or error.message)
