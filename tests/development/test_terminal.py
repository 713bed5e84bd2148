"""Several processes in one terminal, as `make run` has them."""

import signal
import subprocess
import sys
import textwrap
from contextlib import ExitStack

import psutil
import pytest

from tests.processes import PROJECT, running, wait_until

LINGERS = "import time; print('here', flush=True); time.sleep(60)"


@pytest.fixture
def terminal():
    """Start a terminal with some programs in it, each given as Python code."""
    processes = ExitStack()

    def start(**programs):
        code = textwrap.dedent(
            f"""
            import os, sys
            from pathlib import Path
            from development.terminal import Terminal
            programs = {programs!r}
            commands = {{name: [sys.executable, "-c", code] for name, code in programs.items()}}
            asked = Terminal(Path.cwd(), os.environ, grace=2).run(commands)
            print("asked" if asked else "not asked")
            """
        )
        return processes.enter_context(
            running(
                [sys.executable, "-c", code],
                cwd=PROJECT,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )

    with processes:
        yield start


class TestTerminal:
    def test_puts_each_ones_name_before_its_lines(self, terminal):
        process = terminal(postgres="print('one'); print('two', end='')")

        out, _ = process.communicate(timeout=60)

        assert out.startswith("postgres | one\npostgres | two\n")

    def test_stops_the_others_when_one_ends_and_says_which(self, terminal):
        process = terminal(web="raise SystemExit(3)", worker=LINGERS)

        out, _ = process.communicate(timeout=60)

        assert "web ended with code 3, so the others were stopped.\nnot asked\n" in out

    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_stops_all_when_asked(self, terminal, how):
        process = terminal(web=LINGERS, worker=LINGERS)
        read = [process.stdout.readline(), process.stdout.readline()]

        process.send_signal(how)

        out, _ = process.communicate(timeout=60)
        assert sorted(read) == ["web    | here\n", "worker | here\n"]
        assert out == "asked\n"

    def test_ends_even_one_that_will_not(self, terminal):
        stubborn = (
            "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
            "print(os.getpid(), flush=True); time.sleep(60)"
        )
        process = terminal(web=stubborn)
        pid = int(process.stdout.readline().split()[-1])

        process.send_signal(signal.SIGINT)

        assert process.communicate(timeout=60)[0] == "asked\n"
        wait_until(lambda: not psutil.pid_exists(pid))
