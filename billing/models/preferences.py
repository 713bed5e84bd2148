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
    # Mails that they want: a switch for each kind of `OutgoingMail.SWITCHED`.
    mail_balance_low = models.BooleanField(_("mail when the balance is low"), default=True)
    mail_credits_expiring = models.BooleanField(_("mail when credits expire soon"), default=True)

    class Meta:
        verbose_name = _("preferences")
        verbose_name_plural = _("preferences")

    def __str__(self) -> str:
        return self.language
