"""Who has had the sign-up credits: mailboxes, by fingerprint, and accounts that went without."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from credits.models.accounts import Account
from credits.models.row_names import numbered


class SignupFingerprint(models.Model):
    """
    A mailbox had the sign-up credits. The row outlives the account and leads back to nobody.

    No account, no number that tells an order and no instant, which would be the lot's.
    """

    # `credits.fingerprints`: HMAC-SHA256 of the mailbox, in hexadecimal.
    digest = models.CharField(_("digest"), max_length=64, primary_key=True)
    created_on = models.DateField(_("created on"))

    class Meta:
        verbose_name = _("signup fingerprint")
        verbose_name_plural = _("signup fingerprints")

    def __str__(self) -> str:
        return self.digest


class SignupRefusal(models.Model):
    """An account gets no sign-up credits, now or later: its mailbox had them before."""

    account = models.OneToOneField(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="signup_refusal",
        primary_key=True,
    )
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("signup refusal")
        verbose_name_plural = _("signup refusals")

    def __str__(self) -> str:
        return numbered(self)
