"""What users would have, besides their credits."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Preferences(models.Model):
    """How billing writes to a user. Gone with the user, and when the person is erased."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="billing_preferences",
    )
    # A code of `LANGUAGES`: the one in which they last read a page. Empty: they have read none.
    language = models.CharField(_("language"), max_length=32, blank=True, default="")
    # A zone of the IANA database, in which times are written. Empty: on pages that of the browser.
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, default="")
    # Mails that they want: a switch for each kind of `OutgoingMail.SWITCHED`.
    mail_balance_low = models.BooleanField(_("mail when the balance is low"), default=True)
    mail_credits_expiring = models.BooleanField(_("mail when credits expire soon"), default=True)

    # Below so many credits their balance is low; none: below `CREDITS_LOW_BALANCE`.
    low_balance = models.PositiveBigIntegerField(_("balance is low below"), null=True, blank=True)
    # They were told, and hear nothing more until the balance was twice that again.
    is_low_told = models.BooleanField(_("told that the balance is low"), default=False)

    class Meta:
        verbose_name = _("preferences")
        verbose_name_plural = _("preferences")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(low_balance__isnull=True) | models.Q(low_balance__gt=0),
                name="preferences_low_balance_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(is_low_told=False) | models.Q(low_balance__isnull=False),
                name="preferences_told_of_their_own_number",
            ),
        ]
        indexes = [
            models.Index(
                fields=["user"],
                name="preferences_with_a_number",
                condition=models.Q(low_balance__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.language
