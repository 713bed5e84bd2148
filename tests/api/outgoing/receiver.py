"""A service that wants to be told: a real HTTP server in threads, which ends with its block."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook


class Got:
    """One request as it came."""

    def __init__(self, path, headers, body):
        self.path = path
        self.headers = headers
        self.body = body

    @property
    def id(self):
        return self.headers["webhook-id"]

    @property
    def event(self):
        return json.loads(self.body)

    def verified_with(self, secret):
        """The event, as the public library reads it."""
        return Webhook(secret).verify(self.body, dict(self.headers))


class Receiver:
    """
    What it got, and how it answers.

    `answer` is a status, or a function of the handler and what it got; `held` keeps all requests
    until it is set.
    """

    def __init__(self, server):
        self.server = server
        self.got = []
        self.answer = 200
        self.headers = {}
        self.body = b"thanks"
        self.held = threading.Event()
        self.held.set()
        self.arrived = threading.Semaphore(0)

    @property
    def port(self):
        return self.server.server_port

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hooks"

    @property
    def events(self):
        return [got.event for got in self.got]

    def wait_for_one(self):
        assert self.arrived.acquire(timeout=60)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    server: "Server"

    def do_POST(self):
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers["Content-Length"]))
        got = Got(self.path, self.headers, body.decode())
        receiver.got.append(got)
        receiver.arrived.release()
        receiver.held.wait(60)
        answer = receiver.answer
        status = answer(self, got) if callable(answer) else answer
        if status is None:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in receiver.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(receiver.body)))
        self.end_headers()
        self.wfile.write(receiver.body)

    do_GET = do_POST  # noqa: N815 (http.server's name)

    def log_message(self, *args):
        """Say nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    receiver: Receiver

    def handle_error(self, request, client_address):
        """Clients may go away."""


@contextmanager
def receiving(*, tls=None, host="127.0.0.1"):
    """Serve on a free port; `tls` is an SSLContext of a server."""
    server = Server((host, 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver = server.receiver = Receiver(server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.held.set()
        server.shutdown()
        thread.join()
        server.server_close()
