"""What happened, operation by operation. Rows are never changed and never deleted."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from credits.models.accounts import Account
from credits.models.columns import NotNegativeField
from credits.models.lots import Lot
from credits.models.row_names import numbered


class CreditTransactionQuerySet(models.QuerySet["CreditTransaction"]):
    def newest_first(self) -> "CreditTransactionQuerySet":
        """Order by account, the latest operation first; `seq` is the keyset of a page."""
        return self.order_by("account_id", "-seq")

    def opening(self, lot: Lot) -> "CreditTransaction":
        """Find what opened a lot: by its date, too, which is the same and has an index."""
        kinds = (CreditTransaction.Kind.GRANT, CreditTransaction.Kind.ADJUSTMENT)
        return self.get(
            account_id=lot.account_id,
            lot=lot,
            kind__in=kinds,
            amount__gt=0,
            created_at=lot.created_at,
        )


class CreditTransaction(models.Model):
    """One operation on one account."""

    class Kind(models.TextChoices):
        GRANT = "GRANT", _("grant")
        SPEND = "SPEND", _("spend")
        GIVE_BACK = "GIVE_BACK", _("give back")
        HOLD = "HOLD", _("hold")
        RELEASE = "RELEASE", _("release")
        CLAW_BACK = "CLAW_BACK", _("claw back")
        RESTORE = "RESTORE", _("restore")
        DEFER = "DEFER", _("defer")
        START = "START", _("start")
        EXPIRY = "EXPIRY", _("expiry")
        ADJUSTMENT = "ADJUSTMENT", _("adjustment")

    # Found through the constraint on (account, seq), which serves as the key's index.
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="transactions",
        db_index=False,
    )
    # 1, 2, 3 … in each account, without a gap.
    seq = models.BigIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    # Credits, signed: what the operation did to the balance.
    amount = models.BigIntegerField(_("amount"))
    balance_after = NotNegativeField(_("balance after"), domain="credits_balance_after_v1")
    # Repeating an operation with its key has no second effect. `ledger:…` is the ledger's own.
    key = models.CharField(_("key"), max_length=255)
    # The lot that it touched. Null where it touched several: then each has an entry. Who reads what
    # happened to a lot reads `Movement`, and need not know. (Without an index of its own: found
    # through the account.)
    lot = models.ForeignKey(
        Lot,
        verbose_name=_("lot"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    # What a give back gives back, what a release lets go.
    undoes = models.ForeignKey(
        "self",
        verbose_name=_("undoes"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="undone_by",
        db_index=False,
    )
    # The slug of what the host charged for: of a SPEND and a HOLD, and of what undoes them, so that
    # sums by operation are what was used in the end. Empty where nothing was named.
    operation = models.CharField(
        _("operation"), max_length=64, blank=True, default="", db_default=""
    )
    description = models.CharField(_("description"), max_length=255, blank=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    # `staff:12`, `stripe`, `system`; empty: the host application.
    actor = models.CharField(_("actor"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("created at"))

    objects = CreditTransactionQuerySet.as_manager()

    class Meta:
        verbose_name = _("credit transaction")
        verbose_name_plural = _("credit transactions")
        # Its other rules: `transaction_balance_after_not_negative` in `sql/domains.sql`,
        # `transaction_sign_follows_kind` in `sql/rules.sql`.
        constraints = [
            models.UniqueConstraint(name="transaction_seq_once", fields=["account", "seq"]),
            models.UniqueConstraint(name="transaction_key_once", fields=["account", "key"]),
        ]
        indexes = [
            # Sums by day over all accounts. A row's date is nearly always younger than the one
            # before, so that a few bytes for many pages will do; an INSERT hardly notices it.
            BrinIndex("created_at", name="transaction_by_time", autosummarize=True),
            models.Index("undoes", name="transaction_undoing", condition=Q(undoes__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount:+d}"


class Entry(models.Model):
    """
    The part of a transaction that touches one lot, where it touches several.

    Where it touches one, the transaction names it and has no entry.
    """

    # The transaction's and the lot's account, so that all rows of an account can live together.
    # The trigger compares them; a foreign key would ask the same question again.
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    # Found through the constraint on (transaction, lot).
    transaction = models.ForeignKey(
        CreditTransaction,
        verbose_name=_("transaction"),
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,
    )
    lot = models.ForeignKey(
        Lot, verbose_name=_("lot"), on_delete=models.PROTECT, related_name="entries"
    )
    # Credits, signed: what the operation did to the lot's remaining credits.
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        # `entry_amount_not_zero` stands in `sql/rules.sql`.
        constraints = [
            models.UniqueConstraint(
                name="entry_lot_once_per_transaction", fields=["transaction", "lot"]
            ),
        ]

    def __str__(self) -> str:
        return f"{numbered(self)}: {self.amount:+d}"


class MovementQuerySet(models.QuerySet["Movement"]):
    def of_lot(self, lot: Lot) -> "MovementQuerySet":
        """Find what happened to a lot, by way of its account, which has the index."""
        return self.filter(lot=lot, account_id=lot.account_id)


class Movement(models.Model):
    """
    What a transaction did to one lot: the one view of who touched which lot.

    A row of a view: the transaction's own, where it names its lot, or one of its entries.
    """

    # The transaction's number, or below zero that of the entry.
    id = models.BigIntegerField("ID", primary_key=True)
    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.DO_NOTHING, related_name="movements"
    )
    transaction = models.ForeignKey(
        CreditTransaction,
        verbose_name=_("transaction"),
        on_delete=models.DO_NOTHING,
        related_name="movements",
    )
    lot = models.ForeignKey(
        Lot, verbose_name=_("lot"), on_delete=models.DO_NOTHING, related_name="movements"
    )
    # Credits, signed: what the operation did to the lot's remaining credits.
    amount = models.BigIntegerField(_("amount"))

    objects = MovementQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "credits_movement_v1"
        verbose_name = _("movement")
        verbose_name_plural = _("movements")

    def __str__(self) -> str:
        return f"{numbered(self)}: {self.amount:+d}"
