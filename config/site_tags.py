"""What each template may say of the site; tags, so that error pages can say it too."""

import re

from django import template
from django.conf import settings
from django.utils.translation import gettext as _

from config import request_ids
from config.accounts import browsers

register = template.Library()


@register.simple_tag
def site_name() -> str:
    name: str = settings.SITE_NAME
    return name


@register.simple_tag
def site_url() -> str:
    url: str = settings.SITE_URL
    return url


@register.simple_tag
def languages() -> list[tuple[str, str]]:
    return list(settings.LANGUAGES)


@register.simple_tag
def site_contact() -> str:
    contact: str = settings.SITE_CONTACT
    return contact


@register.filter
def mail_address(contact: str) -> str:
    """Find the address in a line such as "Help, help@example.com"; empty where there is none."""
    found = re.search(r"[^\s<>,;]+@[^\s<>,;]+", contact)
    return found[0] if found else ""


@register.filter
def browser(user_agent: str) -> str:
    """Name a browser and its system as people know them."""
    return browsers.describe(user_agent)


@register.simple_tag
def site_pages() -> list[tuple[str, str]]:
    """List the pages of whoever runs the site, as pairs of a title and an address."""
    pages = [
        (_("Terms"), settings.SITE_TERMS_URL),
        (_("Privacy"), settings.SITE_PRIVACY_URL),
        (_("Refund policy"), settings.SITE_REFUNDS_URL),
    ]
    return [(title, address) for title, address in pages if address]


@register.simple_tag
def request_id() -> str:
    """Give the number under which the log tells of this request."""
    return request_ids.current()
