"""The site under gunicorn, and clients that send it requests as fast as it answers."""

import re
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.chaos.serving import can_connect
from tests.processes import running, wait_until

CLIENTS = 8


@contextmanager
def gunicorn() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    address = str(folder / "socket")
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"unix:{address}"]
    command += ["--workers", "2", "--worker-class", "gthread", "--threads", "4"]
    with running([*command, "--log-level", "error"]) as process:
        wait_until(lambda: can_connect(address) or process.poll() is not None)
        if process.poll() is not None:
            raise RuntimeError("gunicorn did not start")
        yield address


def hammer(address: str, requests: list[bytes]) -> float:
    """Send requests over kept-alive connections; return how many a second were answered."""

    def send(share: list[bytes]) -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(address)
            for request in share:
                connection.sendall(request)
                answer = read_answer(connection)
                if not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201", b"HTTP/1.1 204")):
                    raise RuntimeError(answer[:200])

    start = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(send, [requests[client::CLIENTS] for client in range(CLIENTS)]))
    return len(requests) / (time.perf_counter() - start)


def read_answer(connection: socket.socket) -> bytes:
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    missing = (int(length[1]) if length else 0) - len(body)
    while missing > 0:
        missing -= len(connection.recv(65536))
    return answer
