"""
The browser of the tests: Debian's chromium, or the one that CHROMIUM names.

Where there is none, the tests that want one are skipped by name.
"""

import os
import shutil

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
LAUNCH = {
    "executable_path": CHROMIUM,
    "args": [
        "--no-sandbox",  # tests may run as root, and see only our own pages
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ],
}
# Playwright runs an event loop in the thread of the tests, which then use the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
