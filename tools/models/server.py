"""An OpenAI-compatible server: where it is, with which key, and what its errors mean.

The key is this server's own; nothing of the environment is sent anywhere. Retries with back-off
are the client library's.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai

from tools.errors import ModelNotFound, ServerError

RETRIES = 3
CONNECT, READ = 5.0, 120.0
"""Seconds for a connection, and between two pieces of an answer."""
NO_KEY = "none"
SHOWN = 5
FORM_WORDS = ("response_format", "json_schema", "schema", "structured", "grammar")
"""How a server names what it refuses when it can hold no answer to a form."""
NO_REASON = (400, 422, 500)
"""With these a server refuses a form too, often without a word about it."""
INSTEAD = {"max_tokens": "max_completion_tokens", "temperature": None, "seed": None}
"""Parameters that some models refuse, OpenAI's reasoning ones above all, and what they take."""


def is_loopback(base_url: str) -> bool:
    """Whether an address is this machine's own: localhost, 127.0.0.0/8, ::1."""
    try:
        host = (urlsplit(base_url).hostname or "").rstrip(".")
        if host == "localhost" or host.endswith(".localhost"):
            return True
        address = ip_address(host)
    except ValueError:  # a name, or no address at all
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


class Server:
    """A connection to one server; requests may come from any thread.

    `base_url` ends where `/chat/completions` begins, usually in `/v1`.
    """

    def __init__(
        self, base_url: str, key: str | None = None, *, read_timeout: float = READ
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._key = key or NO_KEY
        self._takes_form = True  # until it refuses one
        self._unwanted: frozenset[str] = frozenset()  # parameters it has refused
        timeout = openai.Timeout(read_timeout, connect=CONNECT)
        self.client = _for_any_host(openai.OpenAI(
            base_url=self.base_url, api_key=self._key, max_retries=RETRIES, timeout=timeout,
            http_client=_direct() if is_loopback(self.base_url) else None,
        ))
        self._once = _for_any_host(self.client.with_options(max_retries=0))

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
        except httpx2.HTTPError:
            raise ServerError(f"the server at {self.base_url} broke the answer off") from None
        except (openai.OpenAIError, LookupError, TypeError, ValueError, AttributeError) as error:
            what = self._safe(str(error))
            raise ServerError(
                f"the server at {self.base_url} does not speak the OpenAI protocol: {what}"
            ) from None

    def answer(self, request: dict[str, Any], form: dict[str, Any] | None = None) -> Any:
        """The stream of an answer; with `form` it is asked to follow that JSON schema.

        A server that refuses the form, or by name a parameter of `INSTEAD`, is asked again
        without, now and from now on.
        """
        if form is not None and self._takes_form:
            named = {"name": "answer", "schema": form}
            held = request | {"response_format": {"type": "json_schema", "json_schema": named}}
            try:
                # at once: some refuse with a 500, which the library would try again and again
                return self._ask(self._once, held)
            except openai.APIError as failure:
                if not _is_about_form(failure):
                    return self._formless(request, failure) or self._ask(self.client, held)
                self._takes_form = False
        return self._ask(self.client, request)

    def _formless(self, request: dict[str, Any], failure: openai.APIError) -> Any:
        """The answer without a form, if it may have been the form that failed; None if not."""
        if getattr(failure, "status_code", None) not in NO_REASON:
            return None
        with suppress(openai.APIError):  # then it was not the form: the failure says what
            stream = self._ask(self._once, request)
            self._takes_form = False
            return stream
        return None

    def _ask(self, client: openai.OpenAI, request: dict[str, Any]) -> Any:
        """A stream, without the parameters refused; remembered once that has helped."""
        unwanted = self._unwanted
        while True:
            fitted = _without(request, unwanted)
            try:
                stream = _stream(client, fitted)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as failure:
                refused = _refused_of(fitted, failure)
                if not refused:
                    raise
                unwanted |= refused
            else:
                self._unwanted |= unwanted
                return stream

    def _refused(self, error: openai.APIStatusError) -> str:
        where, status = f"the server at {self.base_url}", error.status_code
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return f"{where} refuses the key ({status})"
        if isinstance(error, openai.RateLimitError):
            return f"{where} has too much to do (429), also after {RETRIES} more tries"
        return f"{where} refuses ({status}): {self._safe(_said(error))}"

    def _safe(self, text: str) -> str:
        """One short line without the key."""
        line = " ".join(text.split())
        return (line.replace(self._key, "***") if self._key != NO_KEY else line)[:200]

    def close(self) -> None:
        """Drop the connections."""
        self.client.close()


def _direct() -> httpx2.Client:
    """What is asked of this machine stays on it: no proxy of the environment, no redirection."""
    return openai.DefaultHttpx2Client(trust_env=False, follow_redirects=False)


def _for_any_host(client: openai.OpenAI) -> openai.OpenAI:
    """The client without what the library takes from the environment, meant for another host."""
    client.organization = client.project = None
    return client


def _stream(client: Any, request: dict[str, Any]) -> Any:
    return client.chat.completions.create(stream=True, **request)


def _is_about_form(failure: openai.APIError) -> bool:
    return any(word in _told(failure) for word in FORM_WORDS)


def _without(request: Mapping[str, Any], unwanted: frozenset[str]) -> dict[str, Any]:
    """A request with what is taken in place of the parameters not wanted."""
    names = {name: INSTEAD[name] if name in unwanted else name for name in request}
    return {new: request[name] for name, new in names.items() if new is not None}


def _refused_of(request: Mapping[str, Any], failure: openai.APIError) -> frozenset[str]:
    """Parameters of a request that a refusal names."""
    may_be = INSTEAD.keys() & request.keys()
    if failure.param in may_be:  # its text may list what there is besides
        return frozenset({failure.param})
    told = _told(failure)
    return frozenset(name for name in may_be if re.search(rf"\b{name}\b", told))


def _told(failure: openai.APIError) -> str:
    return f"{failure.message} {failure.body}".casefold()


def _said(error: openai.APIStatusError) -> str:
    body: Any = error.body
    message = body.get("message") if isinstance(body, dict) else None
    return str(message or error.message)
