"""What every template of this site may say of the site: its name, its address, its languages."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def site_name() -> str:
    """Name the site; a tag, so that error pages without a context can say it too."""
    name: str = settings.SITE_NAME
    return name


@register.simple_tag
def site_url() -> str:
    url: str = settings.SITE_URL
    return url


@register.simple_tag
def languages() -> list[tuple[str, str]]:
    return list(settings.LANGUAGES)
