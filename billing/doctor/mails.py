"""Mails: whether they leave."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from billing.doctor.findings import Finding
from billing.models import OutgoingMail

PATIENCE: Final = timedelta(minutes=10)


def examine(now: datetime) -> Iterator[Finding]:
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
