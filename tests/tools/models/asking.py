"""What the tests of a served model ask, and the model they ask."""

import json

from tests.tools.models.misbehaving import Misbehaving
from tools.models.served import ServedModel
from tools.models.server import Server
from tools.models.types import Message, Sampling

ASKED = [Message("user", "Who are you?")]
KEY = "sk-very-secret-4711"
FORM = Sampling(schema='{"type": "boolean"}')


def served(url: str, *, key: str | None = None, read_timeout: float = 5.0) -> ServedModel:
    return ServedModel(Server(url, key, read_timeout=read_timeout))


def body(content: object, **more: object) -> bytes:
    message = {"content": content, **more}
    return json.dumps({"choices": [{"index": 0, "message": message}]}).encode()


def formed(server: Misbehaving) -> list[bool]:
    """Whether each request had a schema."""
    return ["response_format" in asked for asked in server.asked]
