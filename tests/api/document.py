"""The OpenAPI document that is kept in `docs/`: `python -m tests.api.document` writes it anew."""

import os

from tests.processes import PROJECT

FILE = PROJECT / "docs" / "openapi.json"


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django  # noqa: PLC0415 (the settings come first)

    django.setup()
    from api.v1 import urls  # noqa: PLC0415 (Django is set up by now)

    FILE.write_text(urls.written())


if __name__ == "__main__":
    main()
