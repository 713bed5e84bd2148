"""
What machines ask a site: `/healthz`, `/readyz` and `/metrics`.

Answered before any other middleware: a probe asks by an address that is in no ALLOWED_HOSTS, over
plain HTTP, and must not be sent elsewhere.
"""

import hmac
import logging
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from billing import conf
from config import metrics

log = logging.getLogger(__name__)

Answer = Callable[[HttpRequest], HttpResponse]

# Databases that this process has seen with every migration applied.
_MIGRATED: set[object] = set()


def probes(get_response: Answer) -> Answer:
    """Answer the three addresses, and pass on all others: a middleware."""
    answers = {"/healthz": alive, "/readyz": ready, "/metrics": measured}

    def middleware(request: HttpRequest) -> HttpResponse:
        answer = answers.get(request.path_info, get_response)
        return answer(request)

    return middleware


def alive(request: HttpRequest) -> HttpResponse:
    """Say that this process answers. Nothing else is asked: a broken database heals no faster."""
    return HttpResponse("alive\n", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """Say whether this process can do its work, and what it lacks: 200 or 503."""
    lacks = {
        "database": _database(),
        "webhook_secret": ""
        if conf.webhook_secrets() or not conf.secret_key()
        else "STRIPE_WEBHOOK_SECRET is not set",
    }
    lacks["migrations"] = "" if lacks["database"] else _migrations()
    is_ready = not any(lacks.values())
    if not is_ready:
        log.warning("not_ready", extra={name: lack for name, lack in lacks.items() if lack})
    return JsonResponse(
        {name: lack or "ok" for name, lack in lacks.items()}, status=200 if is_ready else 503
    )


def measured(request: HttpRequest) -> HttpResponse:
    """Give the figures of the shop, to whoever knows METRICS_TOKEN; on a laptop to anybody."""
    if not _may_measure(request):
        return HttpResponse(status=404)
    return HttpResponse(metrics.exposition(), content_type=metrics.CONTENT_TYPE)


def _may_measure(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    if not token:
        return conf.is_debug()
    given = request.headers.get("Authorization", "")
    return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return f"{type(error).__name__}{_reason(str(error))}"
    return ""


def _reason(said: str) -> str:
    """Tell a server that is full from one that is away; more is nobody's who asks from outside."""
    is_full = "too many " in said or "connection slots are reserved" in said
    return ": no connection is left" if is_full else ""


def _migrations() -> str:
    waiting = _waiting_migrations()
    return f"{waiting} are not applied: run `manage.py migrate`" if waiting else ""


def _waiting_migrations() -> int:
    """Count what is not applied. Looked for until there is none: what was applied stays so."""
    if connection.settings_dict["NAME"] in _MIGRATED:
        return 0
    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if not waiting:
        _MIGRATED.add(connection.settings_dict["NAME"])
    return waiting


def forget() -> None:
    """Look at the migrations again."""
    _MIGRATED.clear()
