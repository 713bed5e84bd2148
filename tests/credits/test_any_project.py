"""
The ledger in somebody else's project: `tests/credits/host`.

Its users have a UUID for a key, an address by another name, no `username` and no `is_active`. Its
admin is Django's own. It has no billing, none of this site's templates and no other package.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HOST = Path(__file__).parent / "host"


@pytest.mark.usefixtures("db")  # the server is up, and DATABASE_URL names it
def test_serves_any_project():
    pytest_here = [sys.executable, "-m", "pytest", "-c", str(HOST / "pytest.ini"), "--noconftest"]
    options = ["--ds", "tests.credits.host.settings", "-p", "no:randomly", "-p", "no:cacheprovider"]

    run = subprocess.run(
        [*pytest_here, *options, "-q", str(HOST / "using.py")],
        capture_output=True,
        text=True,
        check=False,
        cwd=HOST,
        env=os.environ,
    )

    assert run.returncode == 0, run.stdout + run.stderr
