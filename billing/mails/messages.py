"""
Mails that somebody is waiting for: codes to log in with, and word of a changed password.

They are written where they are asked for, inside a request, and wait in a table; nothing there
waits for a mail server. Whoever runs the jobs sends them a moment later, and tries again for as
long as they are of use. A mail is sent at least once: twice if a process died after the mail
server's yes, then with the same Message-ID.
"""

import logging
import smtplib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone

from billing import conf
from billing.mails import outbox
from billing.mails.signals import queued
from billing.models import OutgoingMessage

log = logging.getLogger(__name__)

# Until another attempt: longer than one takes, with a mail server that hangs.
PAUSE: Final = timedelta(minutes=1)
GONE_FOR_GOOD: Final = (
    500  # of SMTP's answers: https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1
)


def queue(
    message: EmailMessage, *, kind: str, lasts: timedelta, at: datetime | None = None
) -> OutgoingMessage:
    """
    Let a mail to one address wait, in the transaction that is open.

    :param kind: what it is, for logs
    :param lasts: how long it is of use; afterwards nobody is sent it
    """
    now = at or timezone.now()
    [recipient] = message.to
    is_html = message.content_subtype == "html"
    alternatives = [text for text, _type in getattr(message, "alternatives", ())]
    html = str(message.body) if is_html else next(map(str, alternatives), "")
    queued_message = OutgoingMessage.objects.create(
        kind=kind[:100],
        recipient=recipient,
        subject=str(message.subject),
        text="" if is_html else str(message.body),
        html=html,
        created_at=now,
        expires_at=now + lasts,
        due_at=now,
    )
    queued.send(sender=None)
    return queued_message


def send_due(*, at: datetime | None = None) -> int:
    """
    Send all that is due, and return how many went out.

    Side by side with itself it sends each once. A mail server that fails several times in a row is
    left alone until the next run.
    """
    _expire(at=at or timezone.now())
    sent = failed = 0
    while failed < outbox.PATIENCE and (message := _claim(at=at or timezone.now())):
        try:
            _send(message)
        except smtplib.SMTPRecipientsRefused as refused:  # this address, and no other
            _note_refusal(message, refused, at=at or timezone.now())
        except OSError as error:  # the mail server, or the way there
            failed += 1
            _note_failure(message, error)
        except Exception as error:
            log.exception("message_not_sent", extra={"mail_message": message.pk})
            _note_failure(message, error)
        else:
            message.delete()
            sent, failed = sent + 1, 0
            log.info("message_sent", extra={"mail_message": message.pk, "kind": message.kind})
    return sent


def forget(addresses: Iterable[str]) -> int:
    """Delete what waits for these addresses; return how many."""
    return OutgoingMessage.objects.filter(recipient__in=addresses).delete()[0]


def prune(*, at: datetime) -> int:
    """Forget what was given up a week ago; return how many."""
    return OutgoingMessage.objects.filter(closed_at__lt=at - OutgoingMessage.KEPT).delete()[0]


@transaction.atomic
def _claim(*, at: datetime) -> OutgoingMessage | None:
    """Take one, so that nobody else sends it meanwhile."""
    waiting = OutgoingMessage.objects.waiting().filter(due_at__lte=at, expires_at__gt=at)
    message = waiting.select_for_update(skip_locked=True).order_by("due_at", "id").first()
    if message is not None:
        message.attempts += 1
        message.due_at = at + PAUSE
        message.save(update_fields=["attempts", "due_at"])
    return message


def _send(message: OutgoingMessage) -> None:
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        to=[message.recipient],
        headers={
            "Auto-Submitted": "auto-generated",
            "Message-ID": f"<message.{message.pk}@{urlsplit(conf.site_url()).hostname}>",
        },
        connection=outbox.mail_server(),
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    mail.send()


def _expire(*, at: datetime) -> None:
    """Give up what is of no use any more, and forget what it said."""
    late = OutgoingMessage.objects.waiting().filter(expires_at__lte=at)
    for pk, kind, error in late.values_list("pk", "kind", "last_error"):
        log.warning("message_expired", extra={"mail_message": pk, "kind": kind, "error": error})
        _close(pk, at=at)


def _note_refusal(
    message: OutgoingMessage, refused: smtplib.SMTPRecipientsRefused, *, at: datetime
) -> None:
    [(code, _words)] = refused.recipients.values()
    _note_failure(message, refused, code=code)
    if code >= GONE_FOR_GOOD:
        _close(message.pk, at=at)


def _note_failure(message: OutgoingMessage, error: Exception, *, code: int | None = None) -> None:
    number = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else code
    name = f"{type(error).__name__} {number or ''}".rstrip()[:100]
    OutgoingMessage.objects.waiting().filter(pk=message.pk).update(last_error=name)
    log.warning(
        "message_put_off",
        extra={"mail_message": message.pk, "kind": message.kind, "error": name},
    )


def _close(pk: int, *, at: datetime) -> None:
    OutgoingMessage.objects.waiting().filter(pk=pk).update(
        closed_at=at, recipient="", subject="", text="", html=""
    )
