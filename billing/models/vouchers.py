"""Vouchers: codes that staff made, what each gives, and who redeemed them."""

from datetime import datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from billing.models.plans import LONGEST_VALIDITY
from credits.models import Account, Lot
from credits.models.row_names import numbered


class VoucherBatch(models.Model):
    """
    Codes that were made together, and what each of them gives.

    What was promised stays as it was made (`voucherbatch_terms_are_frozen`); how long it is
    promised for may change.
    """

    # The holder reads it in their history.
    name = models.CharField(
        _("name"),
        max_length=100,
        help_text=_("What it is for. Those who redeem a code read it in their history."),
    )
    credits = models.BigIntegerField(
        _("credits"), validators=[MinValueValidator(1)], help_text=_("What one code gives once.")
    )
    valid_for_days = models.PositiveIntegerField(
        _("valid for days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_VALIDITY)],
        help_text=_("From the day of redeeming. Empty: the credits never expire."),
    )
    size = models.PositiveIntegerField(_("codes"), validators=[MinValueValidator(1)])
    uses = models.PositiveIntegerField(
        _("uses of each code"),
        default=1,
        validators=[MinValueValidator(1)],
        help_text=_("How many people may redeem the same code."),
    )
    once_a_person = models.BooleanField(
        _("one a person"),
        default=True,
        help_text=_("Nobody may redeem two codes of this batch. The same code never, anyway."),
    )
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    is_active = models.BooleanField(_("can be redeemed"), default=True)
    # What the codes are made of, until they were exported: `vouchers.codes`.
    seed = models.BinaryField(_("seed"), null=True, editable=False, max_length=32)
    # `staff:12`, as in the ledger's `actor`.
    made_by = models.CharField(_("made by"), max_length=64)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    exported_by = models.CharField(_("exported by"), max_length=64, blank=True, default="")
    exported_at = models.DateTimeField(_("exported at"), null=True, blank=True)

    class Meta:
        verbose_name = _("voucher batch")
        verbose_name_plural = _("voucher batches")
        permissions = [
            ("export_voucherbatch", gettext_noop("Can export the codes of vouchers, once"))
        ]
        constraints = [
            models.CheckConstraint(
                name="voucherbatch_numbers_positive",
                condition=Q(credits__gt=0, size__gt=0, uses__gt=0),
            ),
            models.CheckConstraint(
                name="voucherbatch_valid_for_days_possible",
                condition=Q(valid_for_days__isnull=True)
                | Q(valid_for_days__gte=1, valid_for_days__lte=LONGEST_VALIDITY),
            ),
            models.CheckConstraint(
                name="voucherbatch_ends_after_it_starts",
                condition=Q(starts_at__isnull=True)
                | Q(ends_at__isnull=True)
                | Q(ends_at__gt=F("starts_at")),
            ),
            models.CheckConstraint(
                name="voucherbatch_seed_until_exported",
                condition=Q(seed__isnull=False, exported_at__isnull=True, exported_by="")
                | (Q(seed__isnull=True, exported_at__isnull=False) & ~Q(exported_by="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_open(self, at: datetime) -> bool:
        """Tell whether its codes can be redeemed at a moment."""
        return (
            self.is_active
            and (self.starts_at is None or self.starts_at <= at)
            and (self.ends_at is None or at < self.ends_at)
        )


class Voucher(models.Model):
    """One code, known by its digest. The code itself stands nowhere once it was exported."""

    batch = models.ForeignKey(
        VoucherBatch,
        verbose_name=_("voucher batch"),
        on_delete=models.PROTECT,
        related_name="vouchers",
        db_index=False,  # the constraint on (batch, number) is its index
    )
    # 1, 2, 3 … in its batch, and in the exported file.
    number = models.PositiveIntegerField(_("number"))
    # The first characters, for staff to recognise it by.
    prefix = models.CharField(_("begins with"), max_length=4, db_index=True)
    # SHA-256 of the code, in hexadecimal.
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    # The batch's, so that the database can compare.
    uses = models.PositiveIntegerField(_("uses"))
    redeemed = models.PositiveIntegerField(_("redeemed"), default=0)
    is_active = models.BooleanField(_("can be redeemed"), default=True)

    class Meta:
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="voucher_number_once"),
            models.CheckConstraint(
                name="voucher_redeemed_within_uses", condition=Q(redeemed__lte=F("uses"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…"


class VoucherRedemption(models.Model):
    """Somebody redeemed a code: written with its lot, and for good."""

    voucher = models.ForeignKey(
        Voucher,
        verbose_name=_("voucher"),
        on_delete=models.PROTECT,
        related_name="redemptions",
        db_index=False,  # the constraint on (voucher, account) is its index
    )
    # The voucher's, and its batch's rule, so that the database can compare.
    batch = models.ForeignKey(
        VoucherBatch,
        verbose_name=_("voucher batch"),
        on_delete=models.PROTECT,
        related_name="redemptions",
    )
    once_a_person = models.BooleanField(_("one a person"))
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="voucher_redemptions",
    )
    lot = models.OneToOneField(
        Lot,
        verbose_name=_("lot"),
        on_delete=models.PROTECT,
        related_name="voucher_redemption",
    )
    created_at = models.DateTimeField(_("redeemed at"))

    class Meta:
        verbose_name = _("voucher redemption")
        verbose_name_plural = _("voucher redemptions")
        constraints = [
            models.UniqueConstraint(
                fields=["voucher", "account"], name="redemption_of_a_code_once_a_person"
            ),
            models.UniqueConstraint(
                fields=["batch", "account"],
                condition=Q(once_a_person=True),
                name="redemption_of_a_batch_once_a_person",
            ),
        ]

    def __str__(self) -> str:
        return numbered(self)
