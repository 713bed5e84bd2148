"""The servers of a host, each in a process of its own."""

import contextlib
import socket
import subprocess
import tempfile
import time

from tests.processes import running

STARTS_WITHIN = 60.0  # seconds, on a machine that is busy


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextlib.contextmanager
def serving(project, commands, *, port):
    """
    Run commands of which the last one serves, until the block ends.

    :raises AssertionError: with what they printed, if nothing answers on the port
    """
    with tempfile.TemporaryFile("w+") as printed:
        options = {"cwd": project.folder, "env": project.variables}
        outputs = {"stdout": printed, "stderr": subprocess.STDOUT}
        with running(["sh", "-e", "-c", commands], **options, **outputs) as process:
            if not _answers(port, process):
                printed.seek(0)
                raise AssertionError(f"{commands}\n{printed.read()}")
            yield


def _answers(port, process):
    deadline = time.monotonic() + STARTS_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        time.sleep(0.1)
    return False
