"""
How many connections a process takes from PostgreSQL, and whether PostgreSQL has as many.

A web process has one for each thread, which keeps it for the next request; or, with DATABASE_POOL
set, so many for all of them. A worker has one for each job at work, and a few for its queue. Both
say in `application_name` what they are.
"""

import os
import socket
from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.dispatch import receiver

from billing.doctor.findings import Finding
from billing.doctor.signals import examining
from config import jobs

# Seconds that a request waits for one of its process before it is answered 503, and that one which
# nobody uses is kept.
PATIENCE: Final = 5
IDLE: Final = 60
LONGEST_HOST: Final = 40  # letters; PostgreSQL cuts a name off after 63

# A worker's, besides one for each job at work: to queue and dequeue with, and to listen.
WORKERS_QUEUE: Final = 2
OF_A_WORKER: Final = jobs.CONCURRENCY + WORKERS_QUEUE + 1
# For commands, and for whoever looks what is wrong.
SPARE: Final = 5

COUNTED: Final = """
    SELECT current_setting('max_connections')::int
             - current_setting('superuser_reserved_connections')::int
             - coalesce(current_setting('reserved_connections', true), '0')::int,
           coalesce(sum(taken), 0)::int,
           count(*) FILTER (WHERE name LIKE 'web %'),
           coalesce(max(taken) FILTER (WHERE name LIKE 'web %'), 0)::int,
           count(*) FILTER (WHERE name LIKE 'worker %')
    FROM (
        SELECT application_name AS name, count(*) AS taken
        FROM pg_stat_activity WHERE backend_type = 'client backend'
        GROUP BY application_name
    ) AS process
"""


def bound_for_web() -> None:
    """Let this process and its forks have a pool of their own, where one is set."""
    _name_as("web")
    if settings.DATABASE_POOL:
        database = _database()
        database["CONN_MAX_AGE"] = 0
        database["OPTIONS"]["pool"] = {
            "min_size": 0,
            "max_size": settings.DATABASE_POOL,
            "timeout": PATIENCE,
            "max_idle": IDLE,
            "num_workers": 1,
        }


def bound_for_worker() -> None:
    """Let each job of this process give its connection back when it is done."""
    _name_as("worker")
    _database()["CONN_MAX_AGE"] = 0


def examine() -> Iterator[Finding]:
    """Compare what the processes that were seen may take with what there is."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTED)
        there_are, used, webs, most_of_one, workers = cursor.fetchone()
    of_a_web = settings.DATABASE_POOL or most_of_one
    may_take = webs * of_a_web + workers * OF_A_WORKER + SPARE
    said = (
        f"{used} of PostgreSQL's {there_are} connections are in use; at most {may_take} may be:"
        f" {of_a_web} a web process ({webs} seen), {OF_A_WORKER} a worker ({workers} seen),"
        f" {SPARE} for commands"
    )
    if may_take > there_are:
        yield Finding.wrong(
            f"{said}. That is more than there are: pages are then answered 503, and no command"
            " can look.",
            "Raise max_connections, start fewer threads, set DATABASE_POOL, or put PgBouncer"
            " between (docs/operations.md, Connections).",
        )
    elif used > there_are * 4 / 5:
        yield Finding.watch(
            f"{said}. Something else has most of those in use.",
            "`SELECT application_name, usename, count(*) FROM pg_stat_activity GROUP BY 1, 2` says"
            " what.",
        )
    else:
        yield Finding.well(f"{said}.")


@receiver(examining)
def tell_doctor(**_values: object) -> list[Finding]:
    return list(examine())


def _database() -> dict[str, Any]:
    database: dict[str, Any] = connections.settings[DEFAULT_DB_ALIAS]
    return database


def _name_as(kind: str) -> None:
    def name() -> None:
        host = socket.gethostname()[:LONGEST_HOST]
        _database()["OPTIONS"]["application_name"] = f"{kind} {host} {os.getpid()}"

    name()
    os.register_at_fork(after_in_child=name)
