"""
Sending what waits in the outbox, for a day, with growing pauses.

A mail is claimed in a transaction of its own, which puts off its next attempt, and sent outside of
it: nothing waits for a mail server under a lock. Who dies in between leaves it to the next attempt.
So a mail is sent at least once: twice if a process died after the mail server's yes and before our
note of it, then with the same Message-ID.
"""

import logging
import smtplib
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.mail import get_connection
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from billing.mails import writing
from billing.models import OutgoingMail

log = logging.getLogger(__name__)

Status = OutgoingMail.Status

# Attempts 2, 4, 8, … minutes apart, at most 4 hours: the last one a day after the first.
ATTEMPTS: Final = 13
LONGEST_PAUSE: Final = timedelta(hours=4)
# Failures in a row after which the mail server is left alone until the next run.
PATIENCE: Final = 3
# Seconds for each answer of a mail server, where EMAIL_TIMEOUT does not say.
TIMEOUT: Final = 10
# How long it is known what became of a mail: longer than notices are collected.
KEPT: Final = timedelta(days=90)
# 'billmail' in ASCII.
CLAIMING: Final = 0x62696C6C6D61696C


def send_due(*, at: datetime | None = None) -> int:
    """
    Send every mail that is due, and return how many went out.

    Side by side with itself it sends each once.
    """
    sent = failed = 0
    while failed < PATIENCE and (mails := claim(at=at or timezone.now())):
        status = _send(mails, at=at or timezone.now())
        sent += status == Status.SENT
        failed = failed + 1 if status in {Status.WAITING, Status.FAILED} else 0
    return sent


@transaction.atomic
def claim(*, at: datetime) -> list[OutgoingMail]:
    """
    Take all that goes to one person in one mail, so that nobody else sends it meanwhile.

    Of a kind that is gathered, others that were put off go with it.
    """
    with connection.cursor() as cursor:  # a whole mail is claimed, or nothing of it
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CLAIMING])
    waiting = OutgoingMail.objects.waiting()
    first = waiting.filter(due_at__lte=at).order_by("due_at", "id").first()
    if first is None:
        return []
    same = Q(pk=first.pk)
    if first.kind in OutgoingMail.GATHERED:
        same = Q(account=first.account_id, kind=first.kind) & (Q(due_at__lte=at) | Q(attempts=0))
    mails = list(waiting.filter(same).select_related("account__user").order_by("id"))
    for mail in mails:
        mail.attempts += 1
        mail.due_at = at + pause_after(mail.attempts)
    OutgoingMail.objects.bulk_update(mails, ["attempts", "due_at"])
    return mails


def pause_after(attempt: int) -> timedelta:
    """Give the pause after an attempt, the first is 1. It is longer than one attempt can take."""
    return min(timedelta(minutes=2 ** min(attempt, 10)), LONGEST_PAUSE)


def mail_server() -> Any:
    """Open the project's e-mail backend; never one that waits without end."""
    backend: Any = get_connection()
    if getattr(backend, "timeout", TIMEOUT) is None:
        backend.timeout = TIMEOUT
    return backend


def retry_failed() -> int:
    """Let what was given up wait again, from the first attempt on; return how many mails."""
    return OutgoingMail.objects.filter(status=Status.FAILED).update(
        status=Status.WAITING, closed_at=None, attempts=0, due_at=timezone.now()
    )


def prune(*, at: datetime) -> int:
    """Forget mails that were closed long ago; return how many."""
    return OutgoingMail.objects.filter(closed_at__lt=at - KEPT).delete()[0]


def _send(mails: list[OutgoingMail], *, at: datetime) -> str:
    """Send one mail, and note what became of it: its status."""
    try:
        message = writing.write(mails, at=at)
        if message:
            message.connection = mail_server()
            message.send()
    except OSError as error:  # the mail server, or the way there
        return _note_failure(mails, error, at=at)
    except Exception as error:
        log.exception("mail_not_written", extra={"mail": mails[0].pk, "kind": mails[0].kind})
        return _note_failure(mails, error, at=at)
    status, event = (Status.SENT, "mail_sent") if message else (Status.DROPPED, "mail_dropped")
    _update(mails, status=status, closed_at=at, last_error="")
    log.info(event, extra={"mail": mails[0].pk, "kind": mails[0].kind})
    return status


def _note_failure(mails: list[OutgoingMail], error: Exception, *, at: datetime) -> str:
    name = type(error).__name__
    if isinstance(error, smtplib.SMTPResponseException):
        name = f"{name} {error.smtp_code}"
    exhausted = [mail for mail in mails if mail.attempts >= ATTEMPTS]
    _update(mails, last_error=name[:100])
    _update(exhausted, status=Status.FAILED, closed_at=at)
    status = Status.FAILED if exhausted else Status.WAITING
    log.warning(
        "mail_failed" if exhausted else "mail_put_off",
        extra={"mail": mails[0].pk, "kind": mails[0].kind, "error": name},
    )
    return status


def _update(mails: list[OutgoingMail], **values: object) -> None:
    OutgoingMail.objects.waiting().filter(pk__in=[mail.pk for mail in mails]).update(**values)
