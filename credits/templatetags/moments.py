"""
Dates and times on pages and in mails: `{% load moments %}`.

Every instant that people read goes through here. It is written in UTC, and says so; on a page,
`credits/local_time.js` writes it in the reader's own time and puts the zone, and the time in UTC,
into its title. A day of a calendar, such as a month's statement has, is UTC's and stays it.
"""

from datetime import UTC, date, datetime

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def moment(at: datetime) -> SafeString:
    """Show an instant: `{% moment purchase.paid_at %}`."""
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
    at = at.astimezone(UTC)
    return _("%(day)s, %(time)s UTC") % {
        "day": date_format(at, "DATE_FORMAT"),
        "time": f"{at:%H:%M}",
    }
