"""System checks: a value that no setting of the API can have is named before anything runs."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, register

from api import conf
from credits import setting_rules
from credits.setting_rules import Rule, is_at_least

RULES = {
    "API_REQUESTS_PER_MINUTE": Rule("api.E001", is_at_least(0), "a whole number, 0 or more"),
    "API_MAX_BODY_BYTES": Rule("api.E002", is_at_least(1), "a whole number, 1 or more"),
}


@register("api")
def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return [error for _, error in setting_rules.broken(RULES, read=conf.setting)]
