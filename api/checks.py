"""System checks: a value that no setting of the API can have is named before anything runs."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

from api import conf

_RULES = {
    "API_REQUESTS_PER_MINUTE": ("api.E001", 0),
    "API_MAX_BODY_BYTES": ("api.E002", 1),
}


@register("api")
def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    errors: list[CheckMessage] = []
    for name, (number, least) in _RULES.items():
        value = conf.setting(name, default=least)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            errors.append(
                Error(
                    f"{name} is a whole number, {least} or more, got {value!r}.",
                    hint=f"Correct {name}, or leave it out for its default.",
                    id=number,
                )
            )
    return errors
