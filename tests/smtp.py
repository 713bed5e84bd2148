"""A mail server on loopback that answers, refuses or hangs as a test wants."""

import socketserver
import threading
from contextlib import contextmanager


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Session)
        self.received = []  # bodies as sent, headers too
        self.refusals = 0  # how many mails to refuse first
        self.unknown = ""  # addresses with this in them are nobody's
        self.pause = 0.0  # seconds before it takes a mail
        self.gone = threading.Event()  # set when it closes

    @property
    def port(self):
        return self.server_address[1]

    def is_unknown(self, recipient):
        return bool(self.unknown) and self.unknown in recipient

    def take(self, mail):
        """Decide on a mail: say whether it was taken."""
        self.gone.wait(self.pause)
        if self.refusals:
            self.refusals -= 1
            return False
        self.received.append(mail)
        return True


class _Session(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self):
        self.say("220 ready")
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"QUIT":
                self.say("221 bye")
                return
            if verb == b"DATA":
                self.say("354 go on")
                taken = self.server.take(self.read_mail())
                self.say("250 taken" if taken else "451 try again later")
            elif verb == b"RCPT" and self.server.is_unknown(line.decode()):
                self.say("550 nobody here")
            else:
                self.say("250 ok")

    def read_mail(self):
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(lines).decode()

    def say(self, line):
        try:
            self.wfile.write(f"{line}\r\n".encode())
        except OSError:  # the other side has given up
            return


@contextmanager
def mail_server():
    server = MailServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.gone.set()
        server.shutdown()
        thread.join()
        server.server_close()
