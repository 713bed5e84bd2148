"""
Credits that arrived together, and what became of them.

`granted = spent + held + expired + adjusted_off + clawed_back + pending + remaining`, always.
"""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Case, F, Q, Sum, When
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils.translation import gettext_lazy as _

from credits.models.accounts import Account
from credits.models.columns import NotNegativeField
from credits.models.row_names import numbered

# The order in which open lots are spent: that of their index, of `open()`, and of everything that
# draws in the database (`credits_open_lots_v1` in `credits/sql/lots.sql`). A test compares them.
# What never expires comes last among its equals, as PostgreSQL sorts nulls.
SPEND_ORDER = ("priority", "expires_at", "id")

# A lot's place among others, unless told; from 0, spent first, to 100, spent last.
DEFAULT_PRIORITY, LAST_PRIORITY = 50, 100


class LotQuerySet(models.QuerySet["Lot"]):
    def open(self) -> "LotQuerySet":
        """Lots with something left, in the order in which they are spent."""
        return self.filter(is_open=True).order_by(*SPEND_ORDER)

    def pending(self) -> "LotQuerySet":
        """Lots whose time has not begun, or was not seen to begin; the soonest first."""
        return self.filter(pending__gt=0).order_by("starts_at", "id")

    def spendable(self, *, at: datetime) -> Any:
        """Lots of which something can be spent at an instant, with `can_spend`: what of them."""
        alive = self.exclude(expires_at__lte=at)
        owes = F("clawback_target") - F("clawed_back")
        return alive.filter(Q(is_open=True) | Q(pending__gt=0, starts_at__lte=at)).annotate(
            can_spend=Case(
                When(is_open=True, then=F("remaining")),
                default=F("pending") - Least(F("pending"), owes),
                output_field=models.BigIntegerField(),
            )
        )

    def short(self) -> "LotQuerySet":
        """Lots with a shortfall: see `Lot.shortfall`."""
        return self.filter(
            # The first condition follows from the second, and is the one that has an index.
            clawback_target__gt=F("clawed_back"),
            granted__lt=F("spent") + F("held") + F("clawback_target"),
        )

    def owing(self) -> Any:
        """Lots with a shortfall, with `credits_owed`: what of it was not written off."""
        short = F("spent") + F("held") + F("clawback_target") - F("granted")
        left = short - Coalesce(Sum("write_offs__credits"), 0)
        return self.short().annotate(
            credits_owed=Greatest(left, 0, output_field=models.BigIntegerField())
        )

    def credits_owed(self) -> int:
        """Count what is owed of these lots."""
        return int(self.owing().aggregate(sum=Sum("credits_owed"))["sum"] or 0)


class Lot(models.Model):
    class Kind(models.TextChoices):
        PURCHASE = "PURCHASE", _("purchase")
        SIGNUP = "SIGNUP", _("signup grant")
        ALLOWANCE = "ALLOWANCE", _("allowance")
        PROMOTION = "PROMOTION", _("promotion")
        ADJUSTMENT = "ADJUSTMENT", _("adjustment")

    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="lots"
    )
    # What the credits were given for, for instance `purchase:<uuid>`. One grant a source, ever.
    source = models.CharField(_("source"), max_length=255)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    granted = models.BigIntegerField(_("granted"))
    spent = NotNegativeField(_("spent"), domain="credits_lot_part_v1", default=0, db_default=0)
    held = NotNegativeField(_("held"), domain="credits_lot_part_v1", default=0, db_default=0)
    expired = NotNegativeField(_("expired"), domain="credits_lot_part_v1", default=0, db_default=0)
    adjusted_off = NotNegativeField(
        _("adjusted off"), domain="credits_lot_part_v1", default=0, db_default=0
    )
    clawed_back = NotNegativeField(
        _("clawed back"), domain="credits_lot_part_v1", default=0, db_default=0
    )
    # All that was granted, until its time begins; then nothing.
    pending = NotNegativeField(_("pending"), domain="credits_lot_part_v1", default=0, db_default=0)
    # Credits whose money went back; `clawed_back` follows as far as the lot can pay.
    clawback_target = models.BigIntegerField(_("clawback target"), default=0, db_default=0)
    # The trigger of `sql/rules.sql` works these two out.
    remaining = models.BigIntegerField(_("remaining"), default=0, db_default=0, editable=False)
    # The index of open lots is on this column: a draw that leaves something stays a HOT update.
    is_open = models.BooleanField(_("open"), default=False, db_default=False, editable=False)
    priority = models.SmallIntegerField(
        _("priority"), default=DEFAULT_PRIORITY, db_default=DEFAULT_PRIORITY
    )
    # Credits that begin later; none: they could be spent at once.
    starts_at = models.DateTimeField(_("starts at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))

    objects = LotQuerySet.as_manager()

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        # Its other rules stand in `sql/domains.sql` (`lot_parts_not_negative`), `sql/rules.sql`
        # (`lot_remaining_within_granted`, `lot_clawed_back_within_target`,
        # `lot_clawback_target_within_granted`, `lot_owes_nothing_while_open`,
        # `lot_pending_is_all_of_it`) and `sql/grant.sql` (`lot_kind_known`,
        # `lot_priority_within_bounds`, `lot_starts_before_it_expires`): PostgreSQL would read the
        # text of a CHECK again for every statement.
        constraints = [models.UniqueConstraint(name="lot_source_once", fields=["source"])]
        indexes = [
            models.Index(
                "account",
                *SPEND_ORDER,
                name="lot_open_in_spend_order",
                condition=Q(is_open=True),
            ),
            models.Index(
                "account",
                "starts_at",
                "id",
                name="lot_pending_by_start",
                condition=Q(pending__gt=0),
            ),
            models.Index(
                "account",
                "id",
                name="lot_owing_a_clawback",
                condition=Q(clawback_target__gt=F("clawed_back")),
            ),
            models.Index("expires_at", name="lot_expired_by_time", condition=Q(expired__gt=0)),
        ]

    def __str__(self) -> str:
        return numbered(self)

    @property
    def shortfall(self) -> int:
        """Credits of this lot that were used and are no longer paid for."""
        return self.shortfall_at(self.clawback_target)

    def shortfall_at(self, clawback_target: int) -> int:
        """Tell what the shortfall would be with another clawback target."""
        return max(0, self.spent + self.held - (self.granted - clawback_target))
