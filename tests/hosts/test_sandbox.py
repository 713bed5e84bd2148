"""The sandbox as the wheel brings it: a fixture and a command, with nothing to set up."""

import os
import subprocess
import sys
import zipfile

import pytest

pytestmark = pytest.mark.xdist_group("hosts")

SUITE = """
def test_is_there(stripe_sandbox):
    stripe_sandbox.do("switch", api_status=500)
    assert stripe_sandbox.switch()["api_status"] == 500

def test_begins_anew(stripe_sandbox):
    assert stripe_sandbox.switch()["api_status"] is None
"""

# What an installer writes into the program of that name.
COMMAND = """
from importlib.metadata import entry_points
[found] = entry_points(group="console_scripts", name="stripe-sandbox")
found.load()()
"""


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The wheel in a folder of its own, beside the packages that are installed here."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def run(installed, tmp_path):
    def run(*command):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DJANGO_")}
        return subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env={**environment, "PYTHONPATH": str(installed)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


class TestPlugin:
    @pytest.mark.parametrize("conftest", ["", 'pytest_plugins = ["stripe_sandbox.pytest_plugin"]'])
    def test_is_found_by_pytest_once(self, run, tmp_path, conftest):
        (tmp_path / "pytest.ini").write_text("[pytest]\n")
        (tmp_path / "conftest.py").write_text(conftest)
        (tmp_path / "test_suite.py").write_text(SUITE)

        done = run("-m", "pytest", "-p", "no:django", "-p", "no:randomly")

        assert "2 passed" in done.stdout, done.stdout


class TestCommand:
    def test_explains_itself(self, run):
        done = run("-c", COMMAND, "--help")

        assert done.returncode == 0, done.stderr
        assert "payment page, dashboard, API and webhooks" in done.stdout

    def test_finds_its_pages_and_styles(self, run):
        done = run(
            "-c",
            "from stripe_sandbox.pages import html;"
            "print(html.__file__, html.STYLES.exists(), len(html.render('closed.html', {"
            "'session': {'status': 'complete'}, 'items': [], 'discount': '', 'tax': '',"
            "'total': '$1', 'return_url': '/'})) > 100)",
        )

        assert done.stdout.endswith("True True\n"), done.stderr
