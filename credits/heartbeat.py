"""
Calls that are repeated while something runs: one thread for all, with connections of its own.

Whoever begins and ends one never waits for the database, nor for the calls of others.
"""

import heapq
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from threading import Condition, Thread

from django.db import connections

log = logging.getLogger(__name__)

# Whether to go on; an error is tried again.
Beat = Callable[[], bool]
# After an error the next one comes this much sooner.
HASTE = 4
# Seconds for which the thread waits for something to do before it ends.
PATIENCE = 10.0
# How many that were stopped may lie among those that are due.
SLACK = 64


class Heart:
    def __init__(self) -> None:
        self._changed = Condition()
        self._numbers = count()
        # (when, number), the soonest first; what was stopped is no longer among the beats.
        self._due: list[tuple[float, int]] = []
        self._beats: dict[int, tuple[Beat, float]] = {}
        self._is_running = False

    @contextmanager
    def beating(self, beat: Beat, *, every: float) -> Iterator[None]:
        """Call while the block runs, the first time after so many seconds; until it says False."""
        number = self.start(beat, every=every)
        try:
            yield
        finally:
            self.stop(number)

    def start(self, beat: Beat, *, every: float) -> int:
        """Begin to call; the number is for `stop`."""
        with self._changed:
            number = next(self._numbers)
            self._beats[number] = beat, every
            self._put(number, every)
            if not self._is_running:
                self._is_running = True
                Thread(target=self._run, name="credits-heartbeat", daemon=True).start()
            return number

    def stop(self, number: int) -> None:
        """Call no more. A call that runs now ends when it ends, and nobody waits for it."""
        with self._changed:
            self._beats.pop(number, None)
            if len(self._due) > 2 * len(self._beats) + SLACK:
                self._due = [each for each in self._due if each[1] in self._beats]
                heapq.heapify(self._due)

    def _put(self, number: int, wait: float) -> None:
        heapq.heappush(self._due, (time.monotonic() + wait, number))
        if self._due[0][1] == number:  # sooner than what the thread waits for
            self._changed.notify()

    def _run(self) -> None:
        while (number := self._next()) is not None:
            with self._changed:
                found = self._beats.get(number)
            if found is None:
                continue
            beat, every = found
            wait = _call(beat, every)
            with self._changed:
                if wait is None:
                    self._beats.pop(number, None)
                elif number in self._beats:
                    self._put(number, wait)

    def _next(self) -> int | None:
        """Wait for the next that is due; None when there was nothing to do for a while."""
        with self._changed:
            while True:
                while self._due and self._due[0][1] not in self._beats:
                    heapq.heappop(self._due)
                now = time.monotonic()
                if self._due and self._due[0][0] <= now:
                    return heapq.heappop(self._due)[1]
                if self._due:
                    self._changed.wait(self._due[0][0] - now)
                elif not self._changed.wait(PATIENCE) and not self._due:
                    self._is_running = False
                    return None


def _call(beat: Beat, every: float) -> float | None:
    """Call once, and tell in how many seconds again; None for never."""
    try:
        goes_on = beat()
    except Exception:
        log.exception("heartbeat_failed")
        return every / HASTE
    finally:
        connections.close_all()  # it may be long until the next
    return every if goes_on else None


heart = Heart()


def _begin_anew() -> None:
    """In a process that was forked: its parent's thread is not there, nor is what it called."""
    heart.__init__()  # type: ignore[misc]


os.register_at_fork(after_in_child=_begin_anew)
