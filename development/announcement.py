"""
What `make run` says: that the first page is there, and, once all is up, where to go.

The latter is printed below all else.
"""

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
    is_served = False
    while not is_over.wait(PAUSE):
        if not is_served and _ask(environment["PORT"], "/"):
            is_served = True
            seconds = time.monotonic() - began
            say(f"\n{environment['SITE_URL']}/ answers after {seconds:.0f} seconds.\n")
        # The site's own figures count the workers.
        if is_served and WORKING.search(_ask(environment["PORT"], "/metrics")):
            say(text(environment, seconds=time.monotonic() - began))
            return


def _ask(port: str, path: str) -> str:
    """Read a page, where redirections lead; nothing while there is none."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return str(answer.read().decode())
    except (URLError, OSError):
        return ""
