"""
Logs: one event a line, as key and value, JSON in production and readable on a laptop.

The apps log through the standard library: an event's name as message, its fields in `extra`.
Domain code logs ids (`purchase`, `stripe_event`), never addresses, names or payloads.
"""

from typing import Any, Final

import structlog

from config import request_ids, telemetry

# What these give in `extra` is for their own handlers: requests, and a job's arguments.
LIBRARIES: Final = frozenset({"django", "procrastinate", "stripe"})

LEVELS: Final[tuple[str, ...]] = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_extra = structlog.stdlib.ExtraAdder()


def add_fields(logger: Any, method: str, event: structlog.typing.EventDict) -> dict[str, Any]:
    """Add what stands in `extra`; a field cannot take the place of the event's own keys."""
    record = event["_record"]
    if record.name.partition(".")[0] in LIBRARIES:
        return dict(event)
    return {**event, **_extra(logger, method, {"_record": record}), **event}


def add_request_id(logger: Any, method: str, event: structlog.typing.EventDict) -> dict[str, Any]:
    """Say during which request this happened, on the lines of libraries too."""
    number = request_ids.current()
    return {**event, "request_id": number} if number else dict(event)


def add_trace(logger: Any, method: str, event: structlog.typing.EventDict) -> dict[str, Any]:
    """Say in which trace this happened, where there are any."""
    return {**event, **telemetry.ids()}


PROCESSORS: Final[list[structlog.typing.Processor]] = [
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    add_fields,
    add_request_id,
    add_trace,
]


def logging_config(*, readable: bool, level: str, stream: str = "stderr") -> dict[str, Any]:
    """Build Django's LOGGING; `stream` is `stdout` or `stderr`."""
    renderer: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(colors=False)]
        if readable
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": PROCESSORS,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *renderer,
                ],
            }
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "stream": f"ext://sys.{stream}",
            }
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Its own lines repeat every call that the gateway makes, and quote what was sent.
            "stripe": {"level": "WARNING"},
            "procrastinate.blueprints": {"level": "WARNING"},
            "procrastinate.periodic": {"level": "WARNING"},
            # In one terminal with all else, jobs every few seconds would push it out of sight.
            "procrastinate.worker": {"level": "WARNING" if readable else level},
            "django.server": {"handlers": ["console"], "level": level, "propagate": False},
        },
    }
