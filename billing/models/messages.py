"""Mails that somebody is waiting for, such as a code: written already, and soon of no use."""

from datetime import datetime, timedelta
from typing import Final, Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class OutgoingMessageQuerySet(models.QuerySet["OutgoingMessage"]):
    def waiting(self) -> Self:
        return self.filter(closed_at=None)

    def lately_given_up(self, *, at: datetime) -> Self:
        """Those that expired unsent, or that a mail server refused, within a week."""
        return self.filter(closed_at__gt=at - OutgoingMessage.KEPT)


class OutgoingMessage(models.Model):
    """
    One mail to one address, as it will be sent, until `expires_at`.

    Once it is sent its row is gone; once it is given up, all that it said is.
    """

    KEPT: Final = timedelta(days=7)

    # What it is, for logs: the name of its templates.
    kind = models.CharField(_("kind"), max_length=100)
    recipient = models.CharField(_("recipient"), max_length=320)
    subject = models.TextField(_("subject"))
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"), blank=True, default="")
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"))
    # When it is sent or tried next. While somebody is at it: when somebody else may be.
    due_at = models.DateTimeField(_("due at"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # The name of the exception, and the mail server's code; its words quote addresses.
    last_error = models.CharField(_("last error"), max_length=100, blank=True, default="")
    # When it was given up.
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = OutgoingMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closed_at=None)
                | models.Q(recipient="", subject="", text="", html=""),
                name="outgoingmessage_empty_once_closed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(closed_at=None),
                name="outgoingmessage_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
