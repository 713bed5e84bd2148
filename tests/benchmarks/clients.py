"""Processes that do one thing as fast as they can, each with a connection of its own."""

import multiprocessing
import random
import time
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from queue import Empty
from typing import Any

from django.db import connections

_fork = multiprocessing.get_context("fork")
PATIENCE = 60.0  # seconds for all of them to connect


def rate(operate: Callable[[], int], *, clients: int, seconds: float) -> float:
    """
    Return operations a second of `clients` processes together.

    :param operate: what each does again and again; returns how many operations it was
    """
    connections.close_all()
    barrier, counts = _fork.Barrier(clients, timeout=PATIENCE), _fork.Queue()
    workers = [
        _fork.Process(target=_work, args=(operate, seconds, barrier, counts), daemon=True)
        for _ in range(clients)
    ]
    for worker in workers:
        worker.start()
    try:
        total: int = sum(counts.get(timeout=seconds * 20 + PATIENCE) for _ in workers)
    except Empty:
        raise SystemExit("a client of the benchmark died") from None
    for worker in workers:
        worker.join()
    return total / seconds


def _work(operate: Callable[[], int], seconds: float, barrier: Barrier, counts: Any) -> None:
    random.seed()  # each its own numbers, not those of the process it was forked from
    for _ in range(3):
        operate()  # connect and prepare
    barrier.wait()
    done, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        done += operate()
    counts.put(done)
    connections.close_all()
