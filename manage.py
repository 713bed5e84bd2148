#!/usr/bin/env python
"""Django's command line. Without DATABASE_URL it runs beside an embedded PostgreSQL."""

import os
import sys
from importlib.util import find_spec


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    from config import serving  # noqa: PLC0415
    from config.environment import Misconfigured  # noqa: PLC0415

    if find_spec("development"):  # production does without
        from development import environment  # noqa: PLC0415

        environment.prepare()
    try:
        execute_from_command_line(sys.argv)
    except Misconfigured:
        sys.exit(serving.complaint(serving.examine()).rstrip())


if __name__ == "__main__":
    main()
