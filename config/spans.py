"""
The spans of this site: requests, statements, calls to Stripe and jobs, by the instrumentations.

What leaves is what this page lists. An instrumentation also notes addresses with all that they ask
for, who called, and what an error said: those name people, so they end here.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import wrapt
from django.conf import settings
from django.db import connections
from django.http import HttpRequest
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from opentelemetry.instrumentation.urllib3 import URLLib3Instrumentor
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    ConsoleSpanExporter,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.trace import SpanKind, Status
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from config import request_ids
from credits.prepared import Statement

# By the names of before and after the instrumentations' change of them.
# https://opentelemetry.io/docs/specs/semconv/non-normative/http-migration/
KEPT: Final = frozenset(
    {
        *("request_id", "error.type", "exception.type"),
        *("http.method", "http.request.method"),
        *("http.status_code", "http.response.status_code"),
        *("http.route", "http.scheme", "url.scheme", "http.flavor", "network.protocol.version"),
        *("db.system", "db.system.name", "db.name", "db.namespace"),
        *("db.statement", "db.query.text", "db.operation.name"),
    }
)
# Whom this site has called. In a span of a request they are the caller's.
KEPT_OF_CALLS: Final = KEPT | {
    *("http.url", "url.full"),
    *("net.peer.name", "net.peer.port", "server.address", "server.port"),
}
STATEMENTS: Final = ("db.statement", "db.query.text")
# A text in a statement, as somebody has written it there instead of passing it beside.
QUOTED: Final = re.compile(r"'(?:[^']|'')*'")

_tracer = trace.get_tracer(__name__)
_trace_context = TraceContextTextMapPropagator()


def begin(exporters: set[str]) -> None:
    """Trace all that this process does from now on; what waits is sent when it ends."""
    provider = TracerProvider()
    if "otlp" in exporters:
        provider.add_span_processor(BatchSpanProcessor(Discreet(OTLPSpanExporter())))
    if "console" in exporters:
        provider.add_span_processor(BatchSpanProcessor(Discreet(ConsoleSpanExporter())))
    trace.set_tracer_provider(provider)
    if not os.environ.get("OTEL_PROPAGATORS"):
        # Without the caller's baggage, which would go on to Stripe.
        propagate.set_global_textmap(_trace_context)
    DjangoInstrumentor().instrument(
        # Behind the probes, which are asked every few seconds and by any host name.
        middleware_position=settings.MIDDLEWARE.index("config.health.probes") + 1,
        request_hook=_name_request,
    )
    PsycopgInstrumentor().instrument()
    connections.close_all()  # those that the checks have opened would not be seen
    URLLib3Instrumentor().instrument(url_filter=_without_question)
    # psycopg does not see these: they go past its cursors.
    wrapt.wrap_function_wrapper(Statement, "_run", _send)


def ids() -> dict[str, str]:
    here = trace.get_current_span().get_span_context()
    if not here.is_valid:
        return {}
    return {
        "trace_id": trace.format_trace_id(here.trace_id),
        "span_id": trace.format_span_id(here.span_id),
    }


def carried() -> dict[str, str]:
    carrier: dict[str, str] = {}
    _trace_context.inject(carrier)
    return {name: value for name, value in carrier.items() if name == "traceparent"}


@contextmanager
def job(name: str, *, traceparent: str) -> Iterator[None]:
    with _tracer.start_as_current_span(
        name,
        context=_trace_context.extract({"traceparent": traceparent}),
        kind=SpanKind.CONSUMER,
        attributes={"request_id": request_ids.current()},
    ):
        yield


class Discreet(SpanExporter):
    """Sends on what names nobody, and leaves out statements of no request and no job."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        # The queue asks for jobs all day long, which is nobody's trace.
        told = [span for span in spans if span.parent or span.kind is not SpanKind.CLIENT]
        if not told:
            return SpanExportResult.SUCCESS
        return self._exporter.export([_discreet(span) for span in told])

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


def _discreet(span: ReadableSpan) -> ReadableSpan:
    kept = KEPT_OF_CALLS if span.kind is SpanKind.CLIENT else KEPT
    attributes = _only(kept, span.attributes)
    for name in STATEMENTS:
        if name in attributes:
            attributes[name] = QUOTED.sub("'?'", str(attributes[name]))
    return ReadableSpan(
        name=span.name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=attributes,
        events=[
            Event(event.name, _only(KEPT, event.attributes), event.timestamp)
            for event in span.events
        ],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),  # without what an error said
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _only(names: frozenset[str], attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (attributes or {}).items() if name in names}


def _name_request(span: trace.Span, request: HttpRequest) -> None:
    span.set_attribute("request_id", request_ids.current())


def _without_question(url: str) -> str:
    return url.partition("?")[0]


def _send(
    run: Callable[..., Any], statement: Statement, values: tuple[Any, ...], named: dict[str, Any]
) -> Any:
    """Send a prepared statement of the ledger, in a span like those of psycopg."""
    with _tracer.start_as_current_span(
        statement.text.split(maxsplit=1)[0],
        kind=SpanKind.CLIENT,
        attributes={"db.system": "postgresql", "db.statement": statement.text},
    ):
        return run(*values, **named)
