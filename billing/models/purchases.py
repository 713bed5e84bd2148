"""
A purchase: our row for one Checkout Session, committed before Stripe is asked for it.

An automatic top-up is one without a session: a saved card is charged for it (`models.topups`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID, uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing import conf, short_numbers, wording
from billing.models import amounts, ordering
from billing.models.amounts import PaidAmounts
from billing.models.ordering import OrderedAmounts
from billing.models.payments import Payment
from billing.models.plans import CreditPlan
from billing.models.prices import PlanPrice, TaxBehavior
from credits.models import Account, Lot
from credits.models.row_names import numbered


class PurchaseQuerySet(models.QuerySet["Purchase"]):
    def of(self, user_id: object) -> Self:
        return self.filter(account__user_id=user_id)

    def numbered(self, first: UUID, last: UUID) -> Self:
        """Purchases whose UUID is in a range, such as a short number means; by the UUID's index."""
        return self.filter(uuid__range=(first, last))

    def at_checkout(self, price: PlanPrice) -> Self:
        """Purchases of a price's plan that may still be paid; one an account, by a constraint."""
        return self.filter(
            plan=price.plan,
            livemode=price.livemode,
            status__in=["pending", "open"],
            problem="",
            is_topup=False,
        ).select_related("plan", "plan_price")

    def started_since(self, at: datetime) -> Self:
        return self.filter(created_at__gte=at)


class Purchase(OrderedAmounts, PaidAmounts):
    """
    PENDING → OPEN → (PROCESSING) → PAID, or EXPIRED, or FAILED. PAID is for good.

    The snapshot says what was promised when the person clicked; the plan may change later.
    """

    # What was promised at the click, to whom: the trigger `purchase_snapshot_is_frozen` is made
    # from this list.
    SNAPSHOT: Final = (
        "uuid",
        "account",
        "plan",
        "form_token",
        "credits",
        "valid_for_days",
        "quantity",
        "unit_amount",
        "currency",
        "offered_credits",
        "offered_bonus",
        "offered_amount",
        "quantity_maximum",
        "amount_minimum",
        "amount_maximum",
        "amount_step",
        "livemode",
        "allow_promotion_codes",
        "tax_behavior",
        "automatic_tax",
        "managed_payments",
        "is_topup",
    )
    # How Stripe is asked for it: of now, until Stripe has opened a page. The price's terms are in
    # the snapshot; the row may be one that replaced another at Stripe. The same trigger freezes it.
    FROZEN_ONCE_OPEN: Final = ("plan_price", "session_expires_at")

    # Whether an event waits for its payment; known where `settlement.granting` has read the row.
    has_news = False

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        OPEN = "open", _("Waiting for payment")
        PROCESSING = "processing", _("Payment processing")
        PAID = "paid", _("Paid")
        EXPIRED = "expired", _("Expired")
        FAILED = "failed", _("Failed")

    # The buyer has not finished on Stripe's page.
    AT_CHECKOUT: Final = (Status.PENDING, Status.OPEN)
    # Stripe may yet say that it is paid: at checkout, or a bank has not answered.
    WAITING: Final = (*AT_CHECKOUT, Status.PROCESSING)

    uuid = models.UUIDField(_("UUID"), unique=True, default=uuid4, editable=False)
    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="purchases"
    )
    plan = models.ForeignKey(
        CreditPlan, verbose_name=_("plan"), on_delete=models.PROTECT, related_name="purchases"
    )
    plan_price = models.ForeignKey(
        PlanPrice, verbose_name=_("plan price"), on_delete=models.PROTECT, related_name="purchases"
    )
    # One form shown, filled in one way, is at most one purchase, however often it is sent.
    form_token = models.UUIDField(_("form token"), default=uuid4, editable=False)

    valid_for_days = models.PositiveIntegerField(_("valid for days"), null=True, blank=True)
    livemode = models.BooleanField(_("live mode"))
    allow_promotion_codes = models.BooleanField(_("allow promotion codes"), default=False)
    # What may come to the price, or out of it: as Stripe's page was asked to say.
    tax_behavior = models.CharField(
        _("tax"), max_length=11, choices=TaxBehavior, default=TaxBehavior.UNSPECIFIED
    )
    automatic_tax = models.BooleanField(_("automatic tax"), default=False)
    managed_payments = models.BooleanField(_("Managed Payments"), default=False)
    # A saved card is charged for it while the buyer is away: there is no session.
    is_topup = models.BooleanField(_("automatic top-up"), default=False)
    session_expires_at = models.DateTimeField(_("session expires at"), null=True, blank=True)

    stripe_session_id = models.CharField(_("Stripe session"), max_length=255, null=True, blank=True)
    # Stripe's page for this session; empty once there is nothing to do there.
    checkout_url = models.TextField(_("checkout page"), blank=True, default="")
    # Where the buyer came from and goes on once the credits are there. Stripe never hears of it.
    next_url = models.TextField(_("page to go on to"), blank=True, default="")
    payment = models.OneToOneField(
        Payment,
        verbose_name=_("payment"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="purchase",
    )
    lot = models.OneToOneField(
        Lot,
        verbose_name=_("lot"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="purchase",
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    problem = models.TextField(_("problem"), blank=True, default="")
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    # When it expired or failed.
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    status__in=["pending", "open", "processing", "paid", "expired", "failed"]
                ),
                name="purchase_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status="paid", lot__isnull=False, paid_at__isnull=False)
                | (~models.Q(status="paid") & models.Q(lot__isnull=True, paid_at__isnull=True)),
                name="purchase_paid_with_its_lot",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "failed", "expired"])
                | models.Q(stripe_session_id__isnull=False)
                | models.Q(is_topup=True) & ~models.Q(status="open"),
                name="purchase_open_with_its_session",
            ),
            models.CheckConstraint(
                condition=models.Q(tax_behavior__in=["unspecified", "exclusive", "inclusive"]),
                name="purchase_tax_behavior_known",
            ),
            *amounts.constraints(),
            *ordering.constraints(),
            models.CheckConstraint(
                condition=models.Q(is_topup=False, session_expires_at__isnull=False)
                | models.Q(
                    is_topup=True,
                    session_expires_at__isnull=True,
                    stripe_session_id__isnull=True,
                    checkout_url="",
                    allow_promotion_codes=False,
                ),
                name="purchase_topup_without_session",
            ),
            models.CheckConstraint(
                condition=~models.Q(is_topup=True, status="paid") | models.Q(payment__isnull=False),
                name="purchase_topup_paid_by_its_payment",
            ),
            models.UniqueConstraint(fields=["stripe_session_id"], name="purchase_session_once"),
            models.UniqueConstraint(
                fields=["account", "form_token", "currency", "quantity", "unit_amount"],
                name="purchase_form_once",
            ),
            # One with a problem is a person's to decide on, and keeps nobody from buying.
            models.UniqueConstraint(
                fields=["account", "plan", "livemode"],
                condition=Q(status__in=["pending", "open"], problem="", is_topup=False),
                name="purchase_one_at_checkout_a_plan",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="purchase_of_account"),
            models.Index(
                fields=["paid_at"], name="purchase_by_paid_at", condition=Q(paid_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return numbered(self, self.short_number)

    @property
    def why(self) -> str:
        """Say in words what `problem` keeps."""
        return wording.say(self.problem)

    @property
    def short_number(self) -> str:
        """What people say instead of the UUID."""
        return short_numbers.write(self.uuid)

    @property
    def may_be_taxed(self) -> bool:
        """Tell whether Stripe's page was asked to calculate tax."""
        return self.automatic_tax or self.managed_payments

    @property
    def is_paid(self) -> bool:
        return self.status == self.Status.PAID

    @property
    def expires_at(self) -> datetime:
        """
        When its session expires.

        :raises ValueError: if it is an automatic top-up, which has none
        """
        if self.session_expires_at is None:
            raise ValueError(f"{self} has a session, got an automatic top-up")
        return self.session_expires_at

    @property
    def is_at_checkout(self) -> bool:
        return self.status in self.AT_CHECKOUT and not self.is_topup

    @property
    def is_waiting(self) -> bool:
        return self.status in self.WAITING

    @property
    def is_over(self) -> bool:
        """Nothing was paid, and nothing is to be."""
        return self.status in {self.Status.EXPIRED, self.Status.FAILED}

    @property
    def amount_subtotal(self) -> int:
        """What all of it costs, before discounts and taxes; smallest unit. Stripe's name for it."""
        return self.unit_amount * self.quantity

    @property
    def is_tax_on_top(self) -> bool:
        """Tell whether tax was added to the price, rather than part of it."""
        if self.amount_total is None or not self.amount_tax:
            return False
        return self.amount_total > self.amount_subtotal - (self.amount_discount or 0)

    @property
    def credits_on_hold(self) -> int:
        """Count what nobody can spend of it until staff have answered a fraud warning."""
        return self.payment.fraud_held if self.payment else 0

    @property
    def credits_unpaid(self) -> int:
        """Count what was taken back because its money was. Wants its lot."""
        return self.lot.clawed_back - self.credits_on_hold if self.lot else 0

    def credits_left(self, *, at: datetime) -> int:
        """Count what can still be spent of the credits that it brought. Wants its lot."""
        lot = self.lot
        if lot is None or (lot.expires_at is not None and lot.expires_at <= at):
            return 0
        return int(lot.remaining)

    def promises(self, snapshot: Mapping[str, Any]) -> bool:
        """Tell whether it was made on these terms."""
        return all(
            getattr(self, name) == value
            for name, value in snapshot.items()
            if name in self.SNAPSHOT
        )

    @staticmethod
    def snapshot_of(
        price: PlanPrice, *, quantity: int = 1, unit_amount: int | None = None
    ) -> dict[str, Any]:
        """Take down what buying at this price promises now; `ordering.of` says what was chosen."""
        return {
            "plan": price.plan,
            "plan_price": price,
            "valid_for_days": price.plan.valid_for_days,
            **ordering.of(price, quantity=quantity, unit_amount=unit_amount),
            "livemode": price.livemode,
            "allow_promotion_codes": price.plan.allow_promotion_codes,
            "tax_behavior": price.tax_behavior,
            "automatic_tax": conf.automatic_tax(),
            "managed_payments": conf.managed_payments(),
        }
