"""
The mail to staff when an endpoint was switched off.

The endpoint's row says that it is due until a mail server has taken it, so none is lost to one that
was away.
"""

import logging
from datetime import UTC

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation

from api import conf
from api.models import WebhookDelivery, WebhookEndpoint
from billing.mails.outbox import mail_server

log = logging.getLogger(__name__)


def send_due() -> int:
    """Send what is due; return how many mails went out."""
    to = list(conf.webhook_mail_to())
    sent = 0
    for endpoint in WebhookEndpoint.objects.filter(is_mail_due=True).order_by("pk"):
        if to and not _send(endpoint, to=to):
            break  # the others would wait for the mail server in vain too
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(is_mail_due=False)
        sent += bool(to)
    return sent


def _send(endpoint: WebhookEndpoint, *, to: list[str]) -> bool:
    waiting = WebhookDelivery.objects.waiting().filter(endpoint=endpoint).count()
    context = {"endpoint": endpoint, "waiting": waiting, "page": _page(endpoint)}
    with translation.override(settings.LANGUAGE_CODE), timezone.override(UTC):
        subject = render_to_string("api/mail/webhook_switched_off_subject.txt", context)
        body = render_to_string("api/mail/webhook_switched_off_message.txt", context)
    message = EmailMessage(
        subject=" ".join(subject.split()),
        body=body,
        to=to,
        headers={"Auto-Submitted": "auto-generated"},
        connection=mail_server(),
    )
    try:
        message.send()
    except OSError as error:
        log.warning(
            "webhook_mail_put_off", extra={"endpoint": endpoint.pk, "error": type(error).__name__}
        )
        return False
    return True


def _page(endpoint: WebhookEndpoint) -> str:
    try:
        page = reverse("admin:api_webhookendpoint_change", args=[endpoint.pk])
    except NoReverseMatch:  # a site without Django's admin
        return ""
    return conf.site_url() + page
