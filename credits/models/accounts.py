"""Who holds credits. One row an account, and every verb writes or locks it first."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from credits.models.columns import NotNegativeField
from credits.models.row_names import numbered

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


class AccountQuerySet(models.QuerySet["Account"]):
    def for_user(self, user: "AbstractBaseUser") -> "Account":
        """
        Find a user's account, or open it; two at once open one.

        :raises ValueError: if the user is not signed in, or was not saved
        """
        if user.pk is None:
            raise ValueError(f"user is signed in or saved, and so has a key, got {user!r}")
        account, _created = self.get_or_create(user_id=user.pk)
        return account


class Account(models.Model):
    """
    A holder of credits.

    Its numbers move only by the ledger's verbs. Who may write them stands in `sql/rules.sql`, that
    none is below zero (`account_numbers_not_negative`) in `sql/domains.sql`.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="credit_account",
        help_text=_("Empty once the person was erased."),
    )
    # Credits: the sum of what the lots still hold, expired and not yet swept ones included.
    balance = NotNegativeField(
        _("balance"), domain="credits_account_number_v1", default=0, db_default=0
    )
    # Credits set aside by holds: the sum of the lots' `held`.
    held = NotNegativeField(_("held"), domain="credits_account_number_v1", default=0, db_default=0)
    # `seq` of the newest transaction.
    last_seq = NotNegativeField(
        _("last number"), domain="credits_account_number_v1", default=0, db_default=0
    )
    # Nothing is due before this instant: no open lot expires, and no pending one begins.
    next_expiry_at = models.DateTimeField(_("next expiry at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        permissions = [("adjust_account", gettext_noop("Can adjust the credits of an account"))]
        indexes = [
            models.Index(
                "next_expiry_at",
                "id",
                name="account_by_next_expiry",
                condition=Q(next_expiry_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return str(self.user) if self.user_id else numbered(self)
