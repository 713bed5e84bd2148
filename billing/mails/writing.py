"""
Writing a mail, as text and as HTML, when it is sent: to whom, in which language, whether at all.

The words of each kind stand in `templates/billing/mail/`: `<kind>_subject.txt`,
`<kind>_message.txt` and `<kind>_message.html`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from billing import conf, users
from billing.mails import contents, unsubscribing
from billing.models import OutgoingMail
from credits.templatetags import moments


class Written(NamedTuple):
    subject: str
    text: str
    html: str


def write(mails: list[OutgoingMail], *, at: datetime) -> EmailMultiAlternatives | None:
    """
    Write what these mails have to tell as one: they are of one account and one kind.

    :returns: None if there is nothing to tell any more, or nobody to tell it to
    """
    first = mails[0]
    user = first.account.user
    if user is None or not _is_written_to(user, first.kind):
        return None
    values = contents.read(first.kind, first.account, mails, at)
    if values is None:
        return None
    is_switched = first.kind in OutgoingMail.SWITCHED
    written = render(
        first.kind,
        {
            **values,
            "user": user,
            "unsubscribe_url": unsubscribing.url(user, first.kind) if is_switched else "",
        },
        language=users.language(user),
        zone=users.time_zone(user),
    )
    message = EmailMultiAlternatives(
        subject=written.subject,
        body=written.text,
        to=[users.address(user)],
        headers={
            "Auto-Submitted": "auto-generated",
            "Message-ID": f"<{first.kind}.{first.pk}@{urlsplit(conf.site_url()).hostname}>",
            **(unsubscribing.headers(user, first.kind) if is_switched else {}),
        },
    )
    message.attach_alternative(written.html, "text/html")
    return message


def render(
    kind: str, values: Mapping[str, Any], *, language: str, zone: tzinfo | None = None
) -> Written:
    """Write one kind of mail in a language, its times in a zone, or in UTC."""
    with translation.override(language), timezone.override(UTC), moments.in_zone(zone):
        context = {
            "language": translation.get_language(),
            "site_name": conf.site_name(),
            "site_url": conf.site_url(),
            "contact": conf.contact(),
            "notifications_url": conf.site_url() + reverse("billing:notifications"),
            **values,
        }
        subject = render_to_string(f"billing/mail/{kind}_subject.txt", context)
        context["subject"] = " ".join(subject.split())
        return Written(
            subject=context["subject"],
            text=render_to_string(f"billing/mail/{kind}_message.txt", context),
            html=render_to_string(f"billing/mail/{kind}_message.html", context),
        )


def url_of(page: str) -> str:
    """Give the whole address of a page of billing's, for a mail."""
    return conf.site_url() + reverse(f"billing:{page}")


def _is_written_to(user: AbstractBaseUser, kind: str) -> bool:
    return (
        user.is_active
        and bool(users.address(user))
        and kind not in conf.mails_off()
        and users.wants(user, kind)
    )
