"""
People and programs on the network: `python -m tests.deploy.hosts.load SCENE JOURNAL`.

Buyers press a plan's button and pay at Stripe; programs spend by the HTTP API. Whoever gets no
answer says the same again, as they are told to. Each attempt is a line of JSON in the journal,
written when its answer is there or its patience over. Stops after SIGTERM.
"""

import json
import re
import signal
import sys
import time
from itertools import count, cycle
from pathlib import Path
from threading import Event, Lock, Thread
from uuid import uuid4

import requests

from stripe_sandbox.client import Refused, Sandbox

PATIENCE = 10.0  # seconds for one answer
PAUSE = 0.1
BUYERS, PROGRAMS = 2, 3


class Load:
    def __init__(self, scene, journal):
        self.scene = scene
        self.journal = journal.open("a", buffering=1)
        self.lock = Lock()
        self.over = Event()
        self.stripe = Sandbox(scene["stripe"])

    def note(self, **line):
        with self.lock:
            self.journal.write(json.dumps({"at": time.time(), **line}) + "\n")

    def browser(self):
        session = requests.Session()
        session.trust_env = False  # another bundle of certificates, or a proxy
        session.verify = self.scene["certificate"]
        return session

    def insist(self, what, name, ask):
        """Ask until there is an answer that is not a server's failure; None if we are to stop."""
        while not self.over.is_set():
            began = time.time()
            try:
                answer = ask()
                status = answer.status_code
            except requests.RequestException as error:
                answer, status = None, type(error).__name__
            is_answer = isinstance(status, int) and status < 500
            self.note(what=what, name=name, status=status, ok=is_answer, began=began)
            if is_answer:
                return answer
            time.sleep(PAUSE)
        return None

    def spend(self, number):
        session = self.browser()
        session.headers["Authorization"] = f"Bearer {self.scene['key']}"
        accounts = cycle(self.scene["accounts"])
        for turn in count():
            if self.over.is_set():
                return
            key = f"job-{number}-{turn}"
            body = {"account": next(accounts), "credits": 1}
            answer = self.insist(
                "spend",
                key,
                lambda key=key, body=body: session.post(
                    f"{self.scene['site']}/api/v1/spends",
                    json=body,
                    headers={"Idempotency-Key": key},
                    timeout=PATIENCE,
                ),
            )
            if answer is not None and answer.status_code == requests.codes.created:
                self.note(what="spent", name=key, transaction=answer.json()["id"])
            time.sleep(PAUSE)

    def buy(self, number):
        for person in cycle(self.scene["people"][number::BUYERS]):
            if self.over.is_set():
                return
            session = self.browser()
            session.cookies.update({"sessionid": person, "csrftoken": "c" * 32})
            form = {"form_token": str(uuid4()), "csrfmiddlewaretoken": "c" * 32}
            address = f"{self.scene['site']}/billing/plans/{self.scene['plan']}/buy/"
            answer = self.insist(
                "buy",
                form["form_token"],
                lambda session=session, form=form, address=address: session.post(
                    address,
                    data=form,
                    headers={"Referer": address},
                    timeout=PATIENCE,
                    allow_redirects=False,
                ),
            )
            found = answer is not None and re.search(r"cs_\w+", answer.headers.get("Location", ""))
            if found:
                try:
                    self.stripe.pay(found[0])
                except Refused:
                    continue
                self.note(what="paid", name=found[0])
            time.sleep(PAUSE)


def main(scene, journal):
    load = Load(json.loads(Path(scene).read_text()), Path(journal))
    signal.signal(signal.SIGTERM, lambda *_: load.over.set())
    crew = [Thread(target=load.buy, args=[number]) for number in range(BUYERS)]
    crew += [Thread(target=load.spend, args=[number]) for number in range(PROGRAMS)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
