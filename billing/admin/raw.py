"""Stripe's JSON as staff read it: indented, and without the secrets that open a payment page."""

import json
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

HIDDEN = "(not shown)"


def pretty(data: object) -> SafeString:
    text = json.dumps(_without_secrets(data), indent=2, ensure_ascii=False, sort_keys=True)
    return format_html('<pre class="raw" tabindex="0">{}</pre>', text)


def _without_secrets(data: object) -> Any:
    if isinstance(data, dict):
        return {
            key: HIDDEN if _is_secret(key, value) else _without_secrets(value)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [_without_secrets(item) for item in data]
    return data


def _is_secret(key: object, value: object) -> bool:
    return str(key).endswith("secret") and value is not None
