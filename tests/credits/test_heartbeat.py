"""Calls that are repeated while something runs, by a thread that nobody waits for."""

import subprocess
import sys
import threading
from threading import Event, Semaphore, Thread, get_ident

import pytest

from credits import heartbeat
from credits.heartbeat import Heart
from tests.processes import PROJECT

PATIENCE = 30  # seconds until a test gives up
SOON, NEVER = 0.001, 3600.0


@pytest.fixture
def heart():
    return Heart()


class Calls:
    """Counts calls, and lets a test wait for them."""

    def __init__(self, answers=None):
        self.made = Semaphore(0)
        self.threads = set()
        self.answers = iter(answers) if answers else None

    def __call__(self):
        self.threads.add(get_ident())
        self.made.release()
        answer = next(self.answers) if self.answers else True
        if isinstance(answer, Exception):
            raise answer
        return answer

    def wait(self, times=1):
        for _ in range(times):
            assert self.made.acquire(timeout=PATIENCE)


class TestBeating:
    def test_calls_again_and_again_from_a_thread_of_its_own(self, heart):
        calls = Calls()

        with heart.beating(calls, every=SOON):
            calls.wait(times=3)

        assert get_ident() not in calls.threads

    def test_calls_nothing_for_a_block_that_ends_quickly(self, heart):
        quick, slow = Calls(), Calls()
        for _ in range(200):
            with heart.beating(quick, every=NEVER):
                pass

        with heart.beating(slow, every=SOON):
            slow.wait()

        assert not quick.made.acquire(blocking=False)

    def test_keeps_nothing_of_blocks_that_have_ended(self, heart):
        for _ in range(1000):
            with heart.beating(Calls(), every=NEVER):
                pass

        assert len(heart._due) <= heartbeat.SLACK + 1  # noqa: SLF001

    def test_ends_when_the_block_raises(self, heart):
        with pytest.raises(ZeroDivisionError), heart.beating(Calls(), every=SOON):
            raise ZeroDivisionError

        assert not heart._beats  # noqa: SLF001

    def test_does_not_wait_for_a_call_that_hangs(self, heart):
        begun, end = Event(), Event()

        def hang():
            begun.set()
            return end.wait(PATIENCE)

        with heart.beating(hang, every=SOON):
            assert begun.wait(PATIENCE)

        assert not end.is_set()
        end.set()

    def test_stops_for_good_once_a_call_says_so(self, heart):
        done, going = Calls([True, False]), Calls()

        with heart.beating(done, every=SOON):
            done.wait(times=2)
            with heart.beating(going, every=SOON):
                going.wait(times=3)

        assert not done.made.acquire(blocking=False)

    def test_tries_again_after_an_error(self, heart, caplog):
        calls = Calls([RuntimeError("away"), True, True, True, True, True])

        with heart.beating(calls, every=0.01):
            calls.wait(times=2)

        assert "heartbeat_failed" in caplog.text

    def test_calls_many_from_one_thread_the_soonest_first(self, heart):
        far, near = Calls(), Calls()

        with heart.beating(far, every=NEVER), heart.beating(near, every=SOON):
            near.wait(times=2)

        assert not far.made.acquire(blocking=False)
        assert len(near.threads) == 1

    def test_begins_anew_once_its_thread_has_ended(self, heart, monkeypatch):
        monkeypatch.setattr(heartbeat, "PATIENCE", 0.0)
        calls = Calls()
        with heart.beating(calls, every=SOON):
            calls.wait()
        for thread in threading.enumerate():
            if thread.ident in calls.threads:
                thread.join(PATIENCE)

        with heart.beating(calls, every=SOON):
            calls.wait(times=2)

    def test_is_shared_by_threads(self, heart):
        calls = [Calls() for _ in range(8)]

        def run(own):
            with heart.beating(own, every=SOON):
                own.wait(times=2)

        workers = [Thread(target=run, args=[own]) for own in calls]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

        assert not heart._beats  # noqa: SLF001


FORK = """
import os
from credits.heartbeat import heart
heart.start(lambda: True, every=3600)
child = os.fork()
if not child:
    os._exit(1 if heart._beats or heart._is_running else 0)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


class TestAFork:
    def test_has_a_heart_of_its_own(self):
        subprocess.run([sys.executable, "-c", FORK], cwd=PROJECT, check=True)
