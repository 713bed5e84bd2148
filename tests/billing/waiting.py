"""A verb in a thread and a connection of its own, which waits for a lock that the test holds."""

import threading
from contextlib import contextmanager

from django.db import connection

from tests.processes import wait_until


class Later(threading.Thread):
    """Runs a verb once it is started; then it has a `result`, or an `error`."""

    def __init__(self, verb):
        super().__init__()
        self.verb = verb
        self.result = self.error = None

    def run(self):
        try:
            self.result = self.verb()
        except Exception as error:  # noqa: BLE001 (the test looks at it)
            self.error = error
        finally:
            connection.close()


@contextmanager
def in_a_thread(verb):
    """Make a thread for the block to start; it has ended after the block."""
    later = Later(verb)
    try:
        yield later
    finally:
        if later.ident:
            later.join()


def until_it_waits_for_a_lock(later):
    """Wait until a thread is held up by a lock, or has ended because there was none."""
    wait_until(lambda: somebody_waits_for_a_lock() or not later.is_alive())


def somebody_waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]
