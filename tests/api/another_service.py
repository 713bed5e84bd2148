"""
A service that knows an OpenAPI document, a key and a webhook secret, and nothing else of this site.

Arguments: the document's address, the port on which it hears webhooks. It prints a line for each
thing that it did or heard.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urljoin

import requests
from standardwebhooks import Webhook

DOCUMENT_URL, PORT = sys.argv[1], int(sys.argv[2])
KEY, SECRET = os.environ["CREDITS_KEY"], os.environ["WEBHOOK_SECRET"]

document = requests.get(DOCUMENT_URL, timeout=30).json()
addresses = {
    operation["operationId"]: (method, path)
    for path, methods in document["paths"].items()
    for method, operation in methods.items()
}


def call(name, body=None, *, key="", **names):
    method, path = addresses[name]
    answer = requests.request(
        method,
        urljoin(DOCUMENT_URL, path.format(**names)),
        json=body,
        headers={"Authorization": f"Bearer {KEY}"} | ({"Idempotency-Key": key} if key else {}),
        timeout=30,
    )
    answer.raise_for_status()
    return answer.json()


def say(*words):
    print(*words, flush=True)  # noqa: T201 (somebody listens)


class Hears(BaseHTTPRequestHandler):
    heard: list = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        event = Webhook(SECRET).verify(body, dict(self.headers))
        self.heard.append(event["type"])
        say("heard", event["type"], event["account"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_words):
        pass


def wait_for(server, type):
    while type not in Hears.heard:
        server.handle_request()


with HTTPServer(("127.0.0.1", PORT), Hears) as server:
    say("listens")
    wait_for(server, "purchase.paid")
    account = call("get_balance")
    say("has", account["balance"])
    hold = call("hold", {"credits": 20, "lasts": 600}, key="job:1")
    say("held", hold["credits"])
    captured = call("capture", {"credits": 12}, hold_id=hold["id"])
    say("captured", captured["captured"])
    again = call("hold", {"credits": 20, "lasts": 600}, key="job:1")
    say("the same hold", again["id"] == hold["id"])
    given = call("give_back", {"transaction": hold["id"], "credits": 5}, key="job:1:worthless")
    say("gave back", given["amount"])
    wait_for(server, "refund.settled")
    say("has", call("get_balance")["balance"])
