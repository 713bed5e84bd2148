"""Mails: whether they leave."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from billing.doctor.findings import Finding
from billing.models import OutgoingMail, OutgoingMessage

PATIENCE: Final = timedelta(minutes=10)
# Somebody looks at their mailbox, and cannot log in.
PATIENCE_FOR_CODES: Final = timedelta(minutes=1)


def examine(now: datetime) -> Iterator[Finding]:
    yield from _news(now)
    yield from _messages(now)


def _news(now: datetime) -> Iterator[Finding]:
    waiting = OutgoingMail.objects.waiting()
    unsent = waiting.filter(due_at__lt=now - PATIENCE).count()
    if unsent:
        yield Finding.wrong(
            f"{unsent} mails should have been sent by now.",
            "See that `billing.send_mails` runs, every minute.",
        )
    refused = waiting.filter(attempts__gt=1).order_by("-id")
    if refused:
        yield Finding.watch(
            f"The mail server has not taken {len(refused)} mails yet, lately:"
            f" {refused[0].last_error or 'no answer'}.",
            "They are tried for a day. Look at the e-mail settings and at the mail server.",
        )
    failed = OutgoingMail.objects.lately_failed(at=now).order_by("-id")
    if failed:
        yield Finding.wrong(
            f"{len(failed)} mails could not be sent within a day, lately: {failed[0].last_error}.",
            "Look at the e-mail settings and at the mail server, then run"
            " `manage.py send_mails --failed`.",
        )


def _messages(now: datetime) -> Iterator[Finding]:
    waiting = OutgoingMessage.objects.waiting().order_by("-id")
    late = waiting.filter(created_at__lt=now - PATIENCE_FOR_CODES)
    if late:
        yield Finding.wrong(
            f"{len(late)} codes and notices have waited for more than a minute, lately:"
            f" {late[0].last_error or 'nobody has tried to send it'}. People cannot log in.",
            "See that a worker runs, and look at the e-mail settings and at the mail server.",
        )
    expired = OutgoingMessage.objects.lately_given_up(at=now).order_by("-id")
    if expired:
        yield Finding.watch(
            f"{len(expired)} codes and notices of the last week could not be sent while they were"
            f" of use, lately: {expired[0].last_error or 'nobody tried'}.",
            "People have asked for new ones meanwhile. Look at the mail server.",
        )
