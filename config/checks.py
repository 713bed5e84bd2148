"""System checks of this site for where it is deployed."""

from collections.abc import Sequence
from typing import Any, Final

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from config import telemetry

SHORTEST_KEY: Final = 32  # characters
# What `make run` sets: anybody may read it here, and sign with it.
PUBLISHED_KEY: Final = "insecure-development-key"


@register(Tags.security, deploy=True)
def check_secret_key(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    key = str(settings.SECRET_KEY)
    if len(key) >= SHORTEST_KEY and len(set(key)) > 1 and PUBLISHED_KEY not in key:
        return []
    return [
        Error(
            f"SECRET_KEY can be guessed: it has fewer than {SHORTEST_KEY} characters, or is one"
            " that everybody knows.",
            hint="Give it 50 random characters, such as those that"
            ' `python -c "import secrets; print(secrets.token_urlsafe(50))"` prints.',
            id="config.E001",
        )
    ]


@register(deploy=True)
def check_telemetry(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(problem, hint="docs/operations.md, Traces, says what there is.", id="config.E002")
        for problem in telemetry.problems()
    ]
