#!/usr/bin/env python
"""Django's command line. Without DATABASE_URL it runs beside an embedded PostgreSQL."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    from config import development  # noqa: PLC0415

    development.prepare()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
