"""
Traces by OpenTelemetry, where the environment asks for them: `start` once in each process.

Without that nothing of it is imported, and what the site calls here answers with nothing.
"""

import os
from contextlib import AbstractContextManager, nullcontext
from typing import Final

# Each asks for traces; OTEL_TRACES_EXPORTER has the last word on where they go.
# https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS: Final = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
EXPORTERS: Final = frozenset({"otlp", "console"})
PROTOCOL: Final = "http/protobuf"

_is_started = False


def start() -> None:
    """
    Send traces from now on, if the environment asks for them.

    In the process that works, after its settings are read and before its middlewares are made.
    """
    global _is_started  # noqa: PLW0603 (as the tracer itself: one a process)
    chosen = exporters()
    if chosen and not _is_started:
        from config import spans  # noqa: PLC0415 (imports OpenTelemetry)

        spans.begin(chosen)
        _is_started = True


def exporters() -> set[str]:
    """Read where traces go: `otlp`, `console`, or nowhere."""
    if _read("OTEL_SDK_DISABLED") == "true":
        return set()
    named = {name.strip() for name in _read("OTEL_TRACES_EXPORTER").split(",")} - {""}
    if not named and any(map(_read, ENDPOINTS)):
        return {"otlp"}
    return named - {"none"}


def problems() -> list[str]:
    """Say what the environment asks for that cannot be had here, without its values."""
    chosen = exporters()
    found = []
    if chosen - EXPORTERS:
        found.append("OTEL_TRACES_EXPORTER has something other than otlp, console and none.")
    protocol = next(filter(None, map(_read, PROTOCOLS)), PROTOCOL)
    if "otlp" in chosen and protocol != PROTOCOL:
        found.append(f"OTEL_EXPORTER_OTLP_PROTOCOL is not {PROTOCOL}, the only one there is here.")
    return found


def ids() -> dict[str, str]:
    """Give the trace and the span that this thread is in, as fields of a line of the log."""
    if not _is_started:
        return {}
    from config import spans  # noqa: PLC0415 (imports OpenTelemetry)

    return spans.ids()


def carried() -> dict[str, str]:
    """Give the arguments with which a job goes on in the trace of whoever queues it."""
    if not _is_started:
        return {}
    from config import spans  # noqa: PLC0415 (imports OpenTelemetry)

    return spans.carried()


def job(name: str, *, traceparent: str) -> AbstractContextManager[None]:
    """Let what happens meanwhile be a job's span, in the trace that `carried` has told of."""
    if not _is_started:
        return nullcontext()
    from config import spans  # noqa: PLC0415 (imports OpenTelemetry)

    return spans.job(name, traceparent=traceparent)


def _read(name: str) -> str:
    return os.environ.get(name, "").strip().lower()
