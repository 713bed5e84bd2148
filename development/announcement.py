"""What `make run` says once all of it is up: where to go, below all else that was printed."""

import re
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from urllib.error import URLError

PAUSE = 0.5  # seconds; each look is a line of the log
WORKING = re.compile(r"^credits_workers [1-9]", re.MULTILINE)


def announce(environment: Mapping[str, str], *, say: Callable[[str], None]) -> threading.Event:
    """
    Wait beside whatever else happens until site and worker answer, and say so once.

    :returns: to be set when nobody should be told any more
    """
    is_over = threading.Event()
    threading.Thread(target=_wait, args=[environment, say, is_over], daemon=True).start()
    return is_over


def text(environment: Mapping[str, str], *, seconds: float) -> str:
    site = environment["SITE_URL"]
    lines = [
        f"All is up after {seconds:.0f} seconds.",
        f"  {site}/        demo@example.com / demo-password",
        f"  {site}/admin/  admin@example.com / admin-password",
    ]
    if base := environment.get("STRIPE_API_BASE"):
        lines.append(f"  {base}/       Stripe's stand-in: refund, dispute")
    return "\n".join(["", *lines, "Ctrl-C stops everything.", ""])


def _wait(
    environment: Mapping[str, str], say: Callable[[str], None], is_over: threading.Event
) -> None:
    began = time.monotonic()
    while not is_over.wait(PAUSE):
        if WORKING.search(_figures(environment["PORT"])):
            say(text(environment, seconds=time.monotonic() - began))
            return


def _figures(port: str) -> str:
    """Ask the site itself: its figures count the workers, and need the database."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            return str(answer.read().decode())
    except (URLError, OSError):
        return ""
