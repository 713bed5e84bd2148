"""
The beginning of a web process and of a worker: neither works for a site that cannot be right.

What is missing or impossible is said at once, a line for each. What does not stop a site, such as
a database that is away, is for `/readyz` and the doctor.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import django
from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core import checks
from django.core.checks import CheckMessage

from config import telemetry
from config.environment import Problem, collecting

# gunicorn ends when a worker of its does with this; after any other code it would start one more.
# https://github.com/benoitc/gunicorn/blob/23.0.0/gunicorn/arbiter.py (WORKER_BOOT_ERROR)
REFUSED: Final = 3


def begin() -> None:
    """
    Set Django up in a process that will serve people.

    :raises SystemExit: if the settings cannot be right; what they lack is on standard error
    """
    problems = [*examine(), *_pages()]
    if problems:
        sys.stderr.write(complaint(problems))
        sys.exit(REFUSED)
    from config import connections  # noqa: PLC0415 (reads tables, which there are only now)

    connections.bound_for_web()
    telemetry.start()


def examine() -> list[Problem]:
    """
    Set Django up, and list what is missing or impossible: by name, without the values.

    With DEBUG on, only what the settings cannot be read without. Whoever finds anything must end:
    what is wrong was given a stand-in.
    """
    with collecting() as unread:
        django.setup()
    problems = list(unread)
    if settings.DEBUG and not problems:
        return []
    named = {problem.name for problem in problems}
    problems += [
        Problem(str(error.id), _sentences(error))
        for error in checks.run_checks(include_deployment_checks=True)
        if error.is_serious(checks.ERROR)
        and not error.is_silenced()
        and named.isdisjoint(re.findall(r"[A-Z_]+", error.msg))
    ]
    return problems


def complaint(problems: list[Problem]) -> str:
    lines = [f"  * {problem.message}\n" for problem in problems]
    return "".join(
        [
            "This site does not start: its settings cannot be right.\n",
            *lines,
            "Settings come from the environment and from .env; .env.example explains each.\n",
        ]
    )


def _pages() -> Iterator[Problem]:
    """Find that no page could be shown, since nobody has collected the files that pages ask for."""
    storage = staticfiles_storage
    if settings.DEBUG or not isinstance(storage, ManifestFilesMixin):
        return
    if not storage.exists(storage.manifest_name):
        yield Problem(
            "STATIC_ROOT",
            f"{Path(settings.STATIC_ROOT).name}/ has no {storage.manifest_name}, so no page could"
            " be shown. Run `manage.py collectstatic --no-input`.",
        )


def _sentences(error: CheckMessage) -> str:
    return " ".join(filter(None, [error.msg, error.hint]))
