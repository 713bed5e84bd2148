"""
Dates and times on pages and in mails: `{% load moments %}`.

Every instant that people read goes through here. It is written in UTC, and says so; on a page,
`credits/local_time.js` writes it in the reader's own time and puts the zone, and the time in UTC,
into its title. For a reader whose zone is known (`in_zone`) it is written in that, also in mails
and without JavaScript. A day of a calendar, such as a month's statement has, is UTC's and stays it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, tzinfo

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()

_zone: ContextVar[tzinfo | None] = ContextVar("reader_zone", default=None)


@contextmanager
def in_zone(zone: tzinfo | None) -> Iterator[None]:
    """Write instants in a reader's zone; None: in UTC, for the browser to change."""
    token = _zone.set(zone)
    try:
        yield
    finally:
        _zone.reset(token)


@register.simple_tag
def moment(at: datetime) -> SafeString:
    """Show an instant: `{% moment purchase.paid_at %}`."""
    if _zone.get() is not None:
        return format_html(
            '<time datetime="{}" title="{}">{}</time>',
            at.astimezone(UTC).isoformat(),
            _in_words(at.astimezone(UTC)),
            utc(at),
        )
    return format_html(
        '<time datetime="{}" data-moment>{}</time>', at.astimezone(UTC).isoformat(), utc(at)
    )


@register.simple_tag
def calendar_day(day: date) -> SafeString:
    """Show a day of the calendar, or that on which an instant falls, in UTC."""
    if isinstance(day, datetime):
        day = day.astimezone(UTC).date()
    return format_html(
        '<time datetime="{}">{}</time>', day.isoformat(), date_format(day, "DATE_FORMAT")
    )


@register.filter
def utc(at: datetime) -> str:
    """Write an instant as text, as in a mail: `{{ lot.expires_at|utc }}`."""
    return _in_words(at.astimezone(_zone.get() or UTC))


def _in_words(at: datetime) -> str:
    words = {"day": date_format(at, "DATE_FORMAT"), "time": f"{at:%H:%M}", "zone": at.tzname()}
    if at.tzinfo is UTC:
        return _("%(day)s, %(time)s UTC") % words
    return _("%(day)s, %(time)s (%(zone)s)") % words
