"""What an account's statements are called."""

from uuid import uuid4

from django.db import IntegrityError, models
from django.utils.translation import gettext_lazy as _

from billing import short_numbers
from credits.models import Account


class StatementSeriesManager(models.Manager["StatementSeries"]):
    def of(self, account: Account) -> "StatementSeries":
        """Give an account's series, the same forever."""
        try:
            return self._of(account)
        except IntegrityError:  # another account has this code: once in billions
            return self._of(account)

    def _of(self, account: Account) -> "StatementSeries":
        code = uuid4().hex[: short_numbers.DIGITS].upper()
        return self.get_or_create(account=account, defaults={"code": code})[0]


class StatementSeries(models.Model):
    """
    The part of a statement's number that is the account's own, made when it reads its first one.

    It is chance, so that it tells nothing: not how many accounts there are, and not which is older.
    """

    account = models.OneToOneField(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="statement_series",
    )
    code = models.CharField(_("code"), max_length=8)

    objects = StatementSeriesManager()

    class Meta:
        verbose_name = _("series of statements")
        verbose_name_plural = _("series of statements")
        constraints = [
            models.UniqueConstraint(fields=["code"], name="statementseries_code_once"),
        ]

    def __str__(self) -> str:
        return self.code
