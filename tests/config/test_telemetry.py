"""Traces, as a collector gets them from processes that only the environment has told of it."""

import json
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Exported
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from config import spans
from config.serving import REFUSED
from tests.config.deployment import deploy, run, serving, working
from tests.databases import scratch_database
from tests.processes import wait_until
from tests.smtp import mail_server

# A person with a verified address who is logged in, and a plan on sale.
PREPARE = """
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.test import Client
from billing import catalog
from billing.models import CreditPlan
from credits import ledger
from credits.models import Account, Lot
ada = User.objects.create_user(username="ada", email="ada@example.com", password="engine")
EmailAddress.objects.create(user=ada, email=ada.email, verified=True, primary=True)
plan = CreditPlan.objects.create(slug="small", name="Small", credits=100)
catalog.set_price(plan=plan, currency="usd", unit_amount=1000)
account, _ = Account.objects.get_or_create(user=ada)
ledger.grant(account=account, credits=5, source="hello", kind=Lot.Kind.PROMOTION)
client = Client()
client.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")
print("session:" + client.cookies["sessionid"].value)
"""
IMPORTED = """
import sys
from config.wsgi import application
from config import jobs, logs, telemetry
with telemetry.job("a job", traceparent=""):
    print(telemetry.ids(), telemetry.carried())
print([name for name in sys.modules if name.partition(".")[0] in {"opentelemetry", "wrapt"}])
"""


class Collector(ThreadingHTTPServer):
    """Takes spans as a collector does: protobuf over HTTP, at the address of OpenTelemetry."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Export)
        self.bodies = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def spans(self):
        found = []
        for body in list(self.bodies):
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                service = values(resource.resource.attributes)["service.name"]
                for scope in resource.scope_spans:
                    found += [Span(service, span) for span in scope.spans]
        return found


class _Export(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.path == "/v1/traces"
        assert self.headers["Content-Type"] == "application/x-protobuf"
        self.server.bodies.append(body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_values):
        pass


class Span:
    def __init__(self, service, span):
        self.service = service
        self.name = span.name
        self.trace = span.trace_id.hex()
        self.id = span.span_id.hex()
        self.parent = span.parent_span_id.hex()
        self.is_begun_here = span.kind in {Exported.SPAN_KIND_SERVER, Exported.SPAN_KIND_CONSUMER}
        self.values = values(span.attributes)


def values(attributes):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in attributes}


@contextmanager
def collecting():
    collector = Collector()
    thread = threading.Thread(target=collector.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        collector.shutdown()
        thread.join()
        collector.server_close()


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return deploy(tmp_path_factory.mktemp("traced"))


@pytest.mark.slow
@pytest.mark.xdist_group("telemetry")
class TestSite:
    @pytest.fixture
    def mails(self):
        with mail_server() as server:
            yield server

    @pytest.fixture
    def names(self, site, stripe_sandbox, mails):
        """What the site's processes are told, but for where traces go."""
        with scratch_database() as url:
            told = {
                "DATABASE_URL": url,
                "EMAIL_URL": f"smtp://127.0.0.1:{mails.port}",
                "STRIPE_API_BASE": stripe_sandbox.base_url,
                "STRIPE_SECRET_KEY": stripe_sandbox.key,
                "STRIPE_WEBHOOK_SECRET": stripe_sandbox.secret,
                "STRIPE_LIVE_MODE": "false",
            }
            migrated = run(site, "manage.py", "migrate", "-v0", **told)
            assert migrated.returncode == 0, migrated.stderr
            yield told

    def test_tells_a_collector_of_requests_statements_calls_and_jobs(
        self, site, names, mails, tmp_path, stripe_sandbox
    ):
        prepared = run(site, "manage.py", "shell", "-v0", "-c", PREPARE, **names)
        assert prepared.returncode == 0, prepared.stderr
        session = prepared.stdout.partition("session:")[2].strip()
        cookie = f"sessionid={session}"
        with collecting() as collector:
            asked = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
            traced = names | asked
            with (
                working(site, tmp_path, OTEL_SERVICE_NAME="shop-worker", **traced) as worker_log,
                serving(site, tmp_path, OTEL_SERVICE_NAME="shop-web", **traced) as web,
            ):
                assert web.get("/billing/?who=grace@example.com", Cookie=cookie)[0] == 200
                bought = web.submit(
                    "/billing/plans/small/", to="/billing/plans/small/buy/", cookies=cookie
                )
                assert bought == 303
                assert web.sign_up("grace@example.com") == 302
                assert web.get("/healthz")[0] == 200
                wait_until(lambda: mails.received, or_show=worker_log.read_text)
            # What waited was sent when each process ended.
            spans = collector.spans()
            sent = b"".join(collector.bodies).decode(errors="replace")

        requests = {span.name: span for span in spans if "http.route" in span.values}
        page, bought = requests["GET billing/"], requests["POST billing/plans/<slug:slug>/buy/"]
        signed_up = requests["POST accounts/signup/"]

        def within(request):
            return [span for span in spans if span.trace == request.trace]

        # Requests, by the number that their lines in the log have.
        logged = {line["trace_id"]: line for line in lines(web.log) if line["event"] == "request"}
        assert {span.service for span in requests.values()} == {"shop-web"}
        assert all(
            logged[span.trace]["request_id"] == span.values["request_id"]
            for span in requests.values()
        )
        # Statements of Django's, and of the ledger's own way to the database.
        statements = [span.values.get("db.statement", "") for span in within(page)]
        assert any('FROM "django_session"' in statement for statement in statements)
        assert any(statement.startswith("SELECT balance, ") for statement in statements)
        # Calls to Stripe.
        calls = {span.values.get("http.url") for span in within(bought)}
        assert f"{stripe_sandbox.base_url}/v1/checkout/sessions" in calls
        # The job that the request has queued, and what it logged.
        [job] = [span for span in within(signed_up) if span.name == "billing.send_messages"]
        assert job.service == "shop-worker"
        assert job.values["request_id"] == signed_up.values["request_id"]
        assert {line["request_id"] for line in lines(worker_log) if line.get("span_id") == job.id}
        # Nothing that nobody asked for, and nothing about people.
        assert all(span.parent or span.is_begun_here for span in spans)
        for secret in ("@example.com", session, "192.0.2.1", "Pa55-word", names["DATABASE_URL"]):
            assert secret not in sent
        for name in ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"):
            assert names[name] not in sent

    @pytest.mark.parametrize(
        "environment",
        [
            {},
            {"OTEL_SERVICE_NAME": "shop"},
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"},
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_TRACES_EXPORTER": "none"},
        ],
    )
    def test_imports_nothing_of_it_unless_asked_to(self, site, environment):
        ended = run(site, "-c", IMPORTED, DJANGO_SETTINGS_MODULE="config.settings", **environment)

        assert ended.stdout.splitlines() == ["{} {}", "[]"], ended.stderr

    def test_refuses_to_start_with_what_cannot_be_had(self, site):
        ended = run(
            site,
            *("-m", "gunicorn", "config.wsgi", "--bind=127.0.0.1:0"),
            OTEL_TRACES_EXPORTER="otlp,hunter2",
            OTEL_EXPORTER_OTLP_PROTOCOL="grpc",
        )

        assert ended.returncode == REFUSED
        assert "OTEL_TRACES_EXPORTER has something other" in ended.stderr
        assert "OTEL_EXPORTER_OTLP_PROTOCOL is not http/protobuf" in ended.stderr
        assert "hunter2" not in ended.stderr


class TestDiscreet:
    @pytest.fixture
    def sent(self):
        """Make a span with `begin`, as an instrumentation would; gives what leaves."""
        memory = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(spans.Discreet(memory)))
        tracer = provider.get_tracer("tests")

        def send(*, kind, error=None, **values):
            attributes = {name.replace("_", "."): value for name, value in values.items()}
            with (
                suppress(ZeroDivisionError),
                tracer.start_as_current_span("root", kind=kind, attributes=attributes),
            ):
                if error:
                    raise error
            return [span.to_json() for span in memory.get_finished_spans()]

        return send

    def test_leaves_out_what_an_error_said(self, sent):
        [left] = sent(kind=SpanKind.SERVER, error=ZeroDivisionError("ada@example.com"))

        assert "ZeroDivisionError" in left
        assert "ada@example.com" not in left
        assert "ERROR" in left

    def test_leaves_out_addresses_and_callers(self, sent):
        [left] = sent(
            kind=SpanKind.SERVER,
            http_url="https://shop.example/?who=ada",
            net_peer_ip="192.0.2.1",
            http_route="billing/",
        )

        assert "billing/" in left
        assert "ada" not in left
        assert "192.0.2.1" not in left

    def test_leaves_out_texts_that_stand_in_a_statement(self, sent):
        statement = "SELECT 1 FROM t WHERE a = 'O''Hara' AND b = %s AND c = 'x'"
        [left] = sent(kind=SpanKind.CONSUMER, db_statement=statement)

        assert "a = '?' AND b = %s AND c = '?'" in left

    def test_sends_no_statement_of_nobody(self, sent):
        assert sent(kind=SpanKind.CLIENT, db_statement="SELECT 1") == []

    def test_asks_the_collector_nothing_where_nothing_is_left(self):
        class Refusing(SpanExporter):
            def export(self, spans):
                raise AssertionError

        assert spans.Discreet(Refusing()).export([]) is SpanExportResult.SUCCESS
