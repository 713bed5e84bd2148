"""One request: to the address that was checked, in its time, and nowhere else."""

import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager

import pytest

from api import wording
from api.outgoing import sending
from api.outgoing.sending import Request
from tests.api.outgoing.receiver import receiving


def post(url, **values):
    return sending.post(Request(url=url, headers={"X-One": "1"}, body=b"{}", **values))


@pytest.fixture
def quick(settings):
    """As little time as the settings allow."""
    settings.API_WEBHOOK_TIMEOUT = 1


@contextmanager
def speaking(conversation):
    """Serve one connection by hand: `conversation(socket)`, in a thread that ends."""
    server = socket.create_server(("127.0.0.1", 0))
    is_over = threading.Event()

    def serve():
        try:
            connection, _address = server.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(30)
            try:
                connection.recv(65536)
                conversation(connection, is_over)
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    finally:
        is_over.set()
        with socket.socket() as knock:  # whoever still waits for somebody
            knock.connect_ex(server.getsockname())
        thread.join()
        server.close()


class TestPost:
    def test_sends_a_body_and_reads_the_answer(self, receiver):
        answer = post(f"{receiver.url}?token=a%20b&c=ü")

        assert (answer.status, answer.is_success, answer.error) == (200, True, "")
        assert answer.excerpt == "thanks"
        [got] = receiver.got
        assert (got.path, got.body) == ("/hooks?token=a%20b&c=%C3%BC", "{}")
        assert got.headers["Host"] == f"127.0.0.1:{receiver.port}"
        assert got.headers["X-One"] == "1"

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_follows_no_redirect(self, receiver, other, status):
        receiver.answer = status
        receiver.headers = {"Location": other.url}

        answer = post(receiver.url)

        assert (answer.status, answer.is_success) == (status, False)
        assert other.got == []

    def test_asks_no_proxy(self, receiver, other, monkeypatch):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{other.port}")

        assert post(receiver.url).is_success
        assert other.got == []

    def test_reaches_nothing_of_this_network(self, receiver, settings):
        settings.API_WEBHOOK_PRIVATE_ADDRESSES = False

        answers = [
            post(receiver.url),
            post(receiver.url.replace("http:", "https:")),
            post(f"https://localhost:{receiver.port}/"),
            post(f"https://127.1:{receiver.port}/"),
        ]

        assert [answer.status for answer in answers] == [None] * 4
        assert "https" in wording.say(answers[0].error)
        assert all("public internet" in wording.say(answer.error) for answer in answers[1:])
        assert receiver.got == []


class TestTime:
    """Each of these would take forever."""

    def test_ends_for_a_receiver_that_says_nothing(self, private_allowed, quick):
        with speaking(lambda connection, is_over: is_over.wait(30)) as url:
            answer = post(url)

        assert (answer.status, wording.say(answer.error)) == (None, "It did not answer in time.")

    def test_ends_for_one_that_writes_its_headers_byte_by_byte(self, private_allowed, quick):
        def drip(connection, is_over):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not is_over.wait(0.1):
                connection.sendall(b"x")

        with speaking(drip) as url:
            answer = post(url)

        assert (answer.status, wording.say(answer.error)) == (None, "It did not answer in time.")

    def test_ends_for_one_that_never_comes_to_an_end_of_continue(self, private_allowed, quick):
        def go_on(connection, is_over):
            while not is_over.wait(0.01):
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

        with speaking(go_on) as url:
            assert wording.say(post(url).error) == "It did not answer in time."

    def test_takes_the_word_of_one_whose_body_does_not_come(self, private_allowed, quick):
        def stop(connection, is_over):
            connection.sendall(b"HTTP/1.1 204 OK\r\nContent-Length: 5\r\n\r\n")
            is_over.wait(30)

        def hang(connection, is_over):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
            is_over.wait(30)

        for conversation, status in ((stop, 204), (hang, 200)):
            with speaking(conversation) as url:
                answer = post(url)
            assert (answer.status, answer.is_success) == (status, True)

    def test_reads_no_more_than_the_beginning_of_a_body(self, private_allowed):
        sent = []

        def pour(connection, is_over):
            connection.sendall(b"HTTP/1.1 500 No\r\n\r\n")
            while not is_over.is_set():
                connection.sendall(b"x" * 65536)
                sent.append(65536)

        with speaking(pour) as url:
            answer = post(url)

        assert (answer.status, len(answer.excerpt)) == (500, sending.EXCERPT)
        assert sum(sent) < 50_000_000

    @pytest.mark.parametrize(
        "answer",
        [
            b"",
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"HTTP/1.1 200" + b"x" * 100_000,
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000,
            b"HTTP/1.1 999999 OK\r\n\r\n",
            b"HTTP/1.1 -1 OK\r\n\r\n",
            b"\0" * 100,
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx",
        ],
    )
    def test_whatever_else_comes_back_is_an_answer_too(self, private_allowed, quick, answer):
        with speaking(lambda connection, is_over: connection.sendall(answer)) as url:
            got = post(url)

        assert got.error or got.status == 200
        assert len(got.error) <= 200
        assert "\0" not in got.error + got.excerpt


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for hooks.example, which is its own authority."""
    folder = tmp_path_factory.mktemp("tls")
    key, pem = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=hooks.example"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-addext", "subjectAltName=DNS:hooks.example", "-keyout", key, "-out", pem),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem, key)
    return context, pem


@pytest.fixture
def secure(certificate, private_allowed):
    context, _pem = certificate
    with receiving(tls=context) as receiver:
        yield receiver


@pytest.fixture
def trusted(certificate, monkeypatch):
    """Trust the certificate's authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))


@pytest.fixture
def names(monkeypatch):
    """Name servers that say 127.0.0.1 first, and something else whoever asks again."""
    asked = []

    def getaddrinfo(host, port, *args, **kwargs):
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr("socket.getaddrinfo", getaddrinfo)
    return asked


class TestTls:
    def test_is_spoken_in_the_name_of_the_host_with_the_address_that_was_looked_up(
        self, secure, trusted, names
    ):
        answer = post(f"https://hooks.example:{secure.port}/hooks")

        assert (answer.status, answer.error) == (200, "")
        assert names == ["hooks.example"]
        assert secure.got[0].headers["Host"] == f"hooks.example:{secure.port}"

    def test_ends_with_a_certificate_that_nobody_vouches_for(self, secure, names):
        answer = post(f"https://hooks.example:{secure.port}/")

        assert answer.status is None
        assert wording.say(answer.error).startswith("TLS: self-signed certificate")
        assert secure.got == []

    def test_ends_with_the_certificate_of_another_host(self, secure, trusted, names):
        answer = post(f"https://other.example:{secure.port}/")

        assert answer.status is None
        assert "Hostname mismatch" in wording.say(answer.error)
        assert secure.got == []

    def test_ends_with_a_receiver_that_does_not_speak_it(self, receiver, names):
        answer = post(f"https://hooks.example:{receiver.port}/")

        assert answer.status is None
        assert wording.say(answer.error).startswith(("TLS: ", "ConnectionResetError"))

    def test_ends_in_time_where_its_beginning_hangs(self, private_allowed, quick, names):
        with speaking(lambda connection, is_over: is_over.wait(30)) as url:
            began = time.monotonic()
            answer = post(url.replace("http://127.0.0.1", "https://hooks.example"))

        assert wording.say(answer.error) == "It did not answer in time."
        assert time.monotonic() - began < 20


class TestAddresses:
    def test_are_tried_until_one_answers(self, receiver, monkeypatch):
        found = [(2, 1, 6, "", (host, receiver.port)) for host in ("127.0.0.2", "127.0.0.1")]
        monkeypatch.setattr("socket.getaddrinfo", lambda *args, **kwargs: found)

        assert post(f"http://hooks.example:{receiver.port}/").is_success

    def test_may_be_unknown(self, private_allowed):
        answer = post("https://no-such-host.invalid/")

        assert answer.status is None
        assert wording.say(answer.error).startswith("The host's name was not resolved: ")
