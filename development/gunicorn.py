"""
The web server of `make run`: gunicorn, which loads the code again when a file changes.

What it prints last is what a newcomer reads first.
"""

import os
from pathlib import Path

from development.embedded_postgres import PROJECT

from . import parent_lock

WEBHOOK = "/webhooks/stripe/"

bind = f"127.0.0.1:{os.environ['PORT']}"
worker_class = "gthread"
threads = 8
reload = True
reload_extra_files = [
    str(file)
    for folder in ("templates", "api", "billing", "credits", "static", "locale")
    for file in (PROJECT / folder).rglob("*.*")
    if file.suffix in {".html", ".txt", ".css", ".js", ".svg", ".mo"}
]
accesslog = "-"
access_log_format = "%(r)s %(s)s"
loglevel = "error"


def on_starting(server: object) -> None:
    parent_lock.end_with_parent(Path(os.environ["PARENT_LOCK"]))


def when_ready(server: object) -> None:
    print(welcome(), flush=True)  # noqa: T201 - read by a person, in a terminal


def welcome() -> str:
    """Say what stands in for Stripe; who may log in was said by `seed_demo`."""
    if base := os.environ.get("STRIPE_API_BASE"):
        lines = [f"Stripe's stand-in, where you refund and dispute: {base}"]
    else:
        lines = [
            "Stripe is the one of your STRIPE_SECRET_KEY; bring its events here with",
            f"    stripe listen --all-snapshot --forward-to {os.environ['SITE_URL']}{WEBHOOK}",
        ]
        if not os.environ.get("STRIPE_WEBHOOK_SECRET"):
            lines += [
                "and set STRIPE_WEBHOOK_SECRET to what `stripe listen --print-secret` says,",
                "then start again: until then no purchase is credited by a webhook.",
            ]
    return "\n".join(["", *lines, "Ctrl-C stops everything.", ""])
