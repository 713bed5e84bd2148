"""The wheel that the tests install, built from this tree."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="session")
def checkout(tmp_path_factory):
    """A folder with `dist/` in it, as `make wheel` leaves it."""
    folder = tmp_path_factory.mktemp("checkout")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", folder / "dist"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    return folder


@pytest.fixture(scope="session")
def wheel(checkout):
    (found,) = (checkout / "dist").glob("*.whl")
    return found
