"""No library reports to anybody: what the environment says of tracing and telemetry is undone.

A developer's shell may have tracing of LangChain switched on for all that he starts; his talk with
Lethe would go to that server, forgotten names and all.
"""

from collections.abc import MutableMapping

PREFIXES = ("LANGSMITH_", "LANGCHAIN_", "CHROMA_", "OTEL_")
"""Variables by which a library is sent to a server, or given the key of one."""
OFF = {
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "OTEL_SDK_DISABLED": "true",
    "ANONYMIZED_TELEMETRY": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
}
"""Said instead, to those that ask before they speak."""


def silence(environ: MutableMapping[str, str]) -> None:
    """Take the variables away and say no; before any of the libraries is imported."""
    for name in [name for name in environ if name.upper().startswith(PREFIXES)]:
        del environ[name]
    environ.update(OFF)
