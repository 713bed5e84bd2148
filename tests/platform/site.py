"""A copy of the site, to be changed as a page of `docs/` says, and asked what it shows then."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.hosts.document import Block
from tests.processes import PROJECT

LEFT_OUT = (".git", ".venv", ".local", ".*_cache", "__pycache__", "dist", "node_modules")
CONFIGURED = """
DEBUG=true
SECRET_KEY=of-a-copy
SITE_URL=http://127.0.0.1:8000
DATABASE_URL=postgres:///none
EMAIL_URL=consolemail://
STRIPE_SECRET_KEY=sk_test_000000000000000000000000
STRIPE_WEBHOOK_SECRET=whsec_tests
"""
ASK = """
import django
django.setup()
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation
request = RequestFactory().get("/")
request.user = AnonymousUser()
translation.activate(translation.get_supported_language_variant("%s"))
print(render_to_string("%s", request=request))
"""


class Site:
    """The project in a folder of its own, with the packages of this one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
        (folder / ".venv").symlink_to((PROJECT / ".venv").resolve())
        for lock in (folder / "requirements").iterdir():
            os.utime(lock, (0, 0))  # older than what was installed from it
        (folder / ".env").write_text(CONFIGURED)

    def follow(self, blocks: list[Block]) -> str:
        """Write each file of the blocks, or add to it, and run their commands; give the output."""
        said = ""
        for block in blocks:
            if not block.file:
                said += self.run("sh", "-ec", block.text)
                continue
            file = self.folder / block.file
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.suffix in {".svg", ".css"}:
                file.write_text(block.text)
            else:
                with file.open("a") as opened:
                    opened.write(f"\n{block.text}")
        return said

    def page(self, template: str = "404.html", *, language: str = "en") -> str:
        """Give a page as somebody with this language sees it, without a database."""
        return self.run(".venv/bin/python", "-c", ASK % (language, template))

    def static(self, name: str) -> str:
        """Read the static file of this name that goes before others."""
        found = self.run(".venv/bin/python", "manage.py", "findstatic", "--first", name)
        return Path(found.splitlines()[-1].strip()).read_text()

    def run(self, *command: str) -> str:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=kept | {"DJANGO_SETTINGS_MODULE": "config.settings"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
