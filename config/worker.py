"""
A background worker that comes back when its database was away, or ends with an error.

procrastinate's own `Worker.run` returns as if it had been asked to as soon as a connection of its
is cut, by a restart or a failover of PostgreSQL, and the process ends with exit code 0. Here the
worker is begun anew, on new connections, with growing pauses, until it was away for too long.
"""

import asyncio
import logging
import signal
import time
from contextlib import suppress
from typing import Final

import psycopg
import psycopg_pool
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.utils import causes

from config import connections, jobs

log = logging.getLogger(__name__)

STOPPING: Final = (signal.SIGINT, signal.SIGTERM)
LONGEST_PAUSE: Final = 10.0  # seconds between two attempts
# Seconds until a worker looks for jobs by itself: nothing tells it of one that has waited for
# another of its lane, as a code does that is asked for while the one before it leaves.
LOOKS_EVERY: Final = 1.0
# Seconds that a worker has to work before a failure is a new one, and not the last one still.
SETTLED: Final = 60.0
# What connections raise while the server is away, or another than before: a standby only reads.
AWAY: Final = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg_pool.PoolTimeout,
)


class WorkerFailed(Exception):
    """The worker cannot go on, and nobody asked it to end. The message is for the operator."""


def run(*, patience: float) -> None:
    """
    Run jobs until SIGINT or SIGTERM; a job that is under way is finished first.

    :param patience: seconds that the database may be away, at the start too
    :raises WorkerFailed: if it was away for longer, or refuses what the worker needs
    """
    connections.bound_for_worker()
    asyncio.run(_Worker(patience).run())


class _Worker:
    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.is_asked_to_stop = False
        self.work: asyncio.Task[None] | None = None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in STOPPING:
            loop.add_signal_handler(number, self.stop)
        failing_since, failures = 0.0, 0
        while not self.is_asked_to_stop:
            began = time.monotonic()
            reason = await self.work_until_interrupted()
            if reason is None:
                return
            if not failures or time.monotonic() - began > SETTLED:
                failing_since, failures = time.monotonic(), 0
            failures += 1
            if time.monotonic() - failing_since > self.patience:
                raise WorkerFailed(
                    f"The worker could not work for {self.patience:.0f} seconds: {reason}"
                )
            pause = min(2.0 ** (failures - 2), LONGEST_PAUSE)
            log.warning("worker_interrupted", extra={"reason": reason, "again_in_seconds": pause})
            await self.pause(pause)

    def stop(self) -> None:
        """End in good order; a second signal ends at once."""
        self.is_asked_to_stop = True
        for number in STOPPING:
            asyncio.get_running_loop().remove_signal_handler(number)
        if self.work is not None:
            self.work.cancel()

    async def work_until_interrupted(self) -> str | None:
        """
        Run jobs, and say what came between; None: we were asked to stop.

        :raises WorkerFailed: if the database answers, and not as the worker needs it
        """
        self.work = asyncio.create_task(_work())
        try:
            await self.work
        except asyncio.CancelledError:
            return None
        except (*AWAY, ConnectorException) as error:
            if self.is_asked_to_stop:
                log.warning("worker_stopped_without_database", extra={"reason": _reason(error)})
                return None
            if not any(isinstance(cause, AWAY) for cause in causes(error)):
                raise WorkerFailed(f"The worker cannot work: {_reason(error)}") from error
            return _reason(error)
        # One of its connections was cut; procrastinate has logged which.
        return None if self.is_asked_to_stop else "its connection to the database was lost"

    async def pause(self, seconds: float) -> None:
        self.work = asyncio.create_task(asyncio.sleep(seconds))
        with suppress(asyncio.CancelledError):
            await self.work


async def _work() -> None:
    """Run jobs on connections of our own, which a cut leaves useless."""
    connector = PsycopgConnector(
        kwargs=connector_params(), min_size=1, max_size=connections.WORKERS_QUEUE
    )
    with app.replace_connector(connector) as ours:
        async with ours.open_async():
            await ours.run_worker_async(
                concurrency=jobs.CONCURRENCY,
                fetch_job_polling_interval=LOOKS_EVERY,
                install_signal_handlers=False,
            )


def _reason(error: BaseException) -> str:
    """Give the innermost cause, in one line: the others only say that there was one."""
    *_, innermost = (cause for cause in causes(error) if str(cause).strip())
    return " ".join(str(innermost).split())
