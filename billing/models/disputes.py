"""Money that a bank wants back: one row a dispute."""

from typing import Final, Self

from django.db import models
from django.db.models import F
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from billing.models.payments import Payment


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def open(self) -> Self:
        """Disputes that hold money and are not decided: those of which `is_open` is true."""
        return self.exclude(status__startswith=Dispute.INQUIRY).exclude(status__in=Dispute.DECIDED)

    def to_answer(self) -> Self:
        """Disputes, and inquiries, whose bank waits for our evidence; the soonest due first."""
        return self.filter(status__in=Dispute.TO_ANSWER).order_by(
            F("due_by").asc(nulls_last=True), "pk"
        )


class Dispute(models.Model):
    """
    A dispute as its furthest snapshot shows it. `status` is Stripe's word, as it comes.

    https://docs.stripe.com/api/disputes/object#dispute_object-status
    """

    class Status(models.TextChoices):
        """Stripe's words, in the order in which a dispute usually goes through them."""

        WARNING_NEEDS_RESPONSE = "warning_needs_response", _("Inquiry, to be answered")
        WARNING_UNDER_REVIEW = "warning_under_review", _("Inquiry, answered")
        WARNING_CLOSED = "warning_closed", _("Inquiry closed")
        PREVENTED = "prevented", _("Prevented")
        NEEDS_RESPONSE = "needs_response", _("To be answered")
        UNDER_REVIEW = "under_review", _("The bank decides")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

        @classmethod
        def read(cls, status: str) -> "Dispute.Status":
            """Read Stripe's word; one that nobody knows yet is a dispute under review."""
            try:
                return cls(status)
            except ValueError:
                is_inquiry = status.startswith(Dispute.INQUIRY)
                return cls.WARNING_UNDER_REVIEW if is_inquiry else cls.UNDER_REVIEW

        @property
        def rank(self) -> int:
            """How far along it is, where Stripe's clock does not say which came later."""
            return _RANK[self]

        @property
        def is_inquiry(self) -> bool:
            """Whether a bank only asks; that takes no money."""
            return self.startswith(Dispute.INQUIRY)

        @property
        def is_decided(self) -> bool:
            return self in Dispute.DECIDED

        @property
        def holds_money(self) -> bool:
            """Whether money is away: until it is won or prevented, and for good once it is lost."""
            return not self.is_inquiry and self not in {self.WON, self.PREVENTED}

    class Reason(models.TextChoices):
        """Why the bank says that its customer disputes: Stripe's words."""

        # https://docs.stripe.com/disputes/categories
        BANK_CANNOT_PROCESS = "bank_cannot_process", _("The bank cannot process the payment")
        CHECK_RETURNED = "check_returned", _("Check returned")
        CREDIT_NOT_PROCESSED = "credit_not_processed", _("A refund was due and did not come")
        CUSTOMER_INITIATED = "customer_initiated", _("The customer disputes the debit")
        DEBIT_NOT_AUTHORIZED = "debit_not_authorized", _("The debit was not authorized")
        DUPLICATE = "duplicate", _("Charged twice")
        FRAUDULENT = "fraudulent", _("Fraud: the cardholder did not pay")
        GENERAL = "general", _("No particular reason")
        INCORRECT_ACCOUNT_DETAILS = "incorrect_account_details", _("Wrong account details")
        INSUFFICIENT_FUNDS = "insufficient_funds", _("Not enough money in the account")
        NONCOMPLIANT = "noncompliant", _("Against the rules of the card network")
        PRODUCT_NOT_RECEIVED = "product_not_received", _("Nothing was delivered")
        PRODUCT_UNACCEPTABLE = "product_unacceptable", _("Not as described")
        SUBSCRIPTION_CANCELED = "subscription_canceled", _("Charged after canceling")
        UNRECOGNIZED = "unrecognized", _("The cardholder does not recognize the payment")

    # How Stripe's words for an inquiry begin.
    INQUIRY: Final = "warning_"
    TO_ANSWER: Final = (Status.NEEDS_RESPONSE, Status.WARNING_NEEDS_RESPONSE)
    DECIDED: Final = (Status.WON, Status.LOST, Status.WARNING_CLOSED, Status.PREVENTED)

    # What the newest fact has made of it, for `billing.signals`; no column.
    news: tuple[Signal, ...] = ()

    payment = models.ForeignKey(
        Payment, verbose_name=_("payment"), on_delete=models.PROTECT, related_name="disputes"
    )
    stripe_dispute_id = models.CharField(_("Stripe dispute"), max_length=255)
    unit_amount = models.BigIntegerField(_("amount"))  # smallest unit of the currency
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(_("status"), max_length=50)
    # What the dispute has taken from us so far, in the currency's smallest unit.
    withdrawn = models.BigIntegerField(_("withdrawn"), default=0)
    # Balance transactions in the furthest snapshot.
    movements = models.PositiveIntegerField(_("movements"), default=0)
    # When Stripe said so, by Stripe's clock.
    as_of = models.DateTimeField(_("as of"))
    reason = models.CharField(_("reason"), max_length=255, blank=True, default="")
    due_by = models.DateTimeField(_("answer due by"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints = [
            models.UniqueConstraint(fields=["stripe_dispute_id"], name="dispute_once"),
            models.CheckConstraint(
                condition=models.Q(unit_amount__gte=0, withdrawn__gte=0),
                name="dispute_amounts_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="dispute_by_created_at"),
            models.Index(
                fields=["due_by"],
                condition=models.Q(status__in=["needs_response", "warning_needs_response"]),
                name="dispute_to_answer",
            ),
        ]

    def __str__(self) -> str:
        return self.stripe_dispute_id

    @property
    def state(self) -> Status:
        """Its status as one of the words that are known here."""
        return self.Status.read(self.status)

    @property
    def is_open(self) -> bool:
        """Whether it holds money and is not decided; an inquiry holds none."""
        return self.state.holds_money and not self.state.is_decided

    @property
    def reason_in_words(self) -> str:
        """Say why; a word of Stripe's that nobody knows yet stands as it is."""
        known = self.reason in self.Reason.values
        return str(self.Reason(self.reason).label) if known else self.reason

    @property
    def is_to_be_answered(self) -> bool:
        """Whether the bank waits for our evidence."""
        return self.state in self.TO_ANSWER

    @property
    def is_lost(self) -> bool:
        return self.state == self.Status.LOST


_RANK: Final = {
    Dispute.Status.WARNING_NEEDS_RESPONSE: 0,
    Dispute.Status.WARNING_UNDER_REVIEW: 1,
    Dispute.Status.WARNING_CLOSED: 2,
    Dispute.Status.PREVENTED: 2,
    Dispute.Status.NEEDS_RESPONSE: 3,
    Dispute.Status.UNDER_REVIEW: 4,
    Dispute.Status.WON: 5,
    Dispute.Status.LOST: 5,
}
