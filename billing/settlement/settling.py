"""
From money facts to credits: what a payment still pays for.

`settle` looks at all facts of a payment, computes the one number that follows from them, and lets
the ledger move the lot there. It is a function of the facts, so it may run after each event, in
any order and any number of times. `note` is the way of every fact: lock, note, settle.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Self, TypeVar

from django.db import connection, transaction

from billing import wording
from billing.models import Dispute, Payment, Purchase, Refund, StripeEvent
from billing.settlement import facts, news
from billing.settlement.entitlement import Movements, clawback_target, target_on_hold
from credits import ledger
from credits.models import Account, Lot

Row = TypeVar("Row")

# What the metadata of an operation calls the payment whose fraud warning moved its credits.
FRAUD_WARNING: Final = "fraud_warning"

# A refund that Stripe refused never was in the charge's `amount_refunded`.
MONEY_BACK = """
    SELECT
        payment.id,
        payment.max_amount_refunded,
        (SELECT coalesce(sum(unit_amount), 0) FROM billing_refund
         WHERE payment_id = payment.id AND status <> ALL(%(failed)s)),
        (SELECT coalesce(sum(unit_amount), 0) FROM billing_refund
         WHERE payment_id = payment.id AND status = ANY(%(failed)s)
             AND stripe_refund_id IS NOT NULL),
        (SELECT coalesce(sum(withdrawn), 0) FROM billing_dispute WHERE payment_id = payment.id)
    FROM billing_payment AS payment
    WHERE payment.id = ANY(%(payments)s)
"""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of something that Stripe says: done, not ours, or set aside for staff."""

    state: StripeEvent.State
    reason: str = ""  # a code of `wording`
    purchase: Purchase | None = None
    payment: Payment | None = None
    # The PaymentIntent that a session of ours may yet claim.
    waits_for: str = ""

    @classmethod
    def processed(cls, *, purchase: Purchase | None = None, payment: Payment | None = None) -> Self:
        return cls(state=StripeEvent.State.PROCESSED, purchase=purchase, payment=payment)

    @classmethod
    def ignored(cls, reason: str) -> Self:
        """Nothing of ours: answered 200, changes nothing."""
        return cls(state=StripeEvent.State.IGNORED, reason=reason)

    @classmethod
    def waiting(cls, payment_intent_id: str) -> Self:
        """Money of no session of ours: it changes nothing unless one claims the payment later."""
        return cls(
            state=StripeEvent.State.IGNORED,
            reason=wording.code("unclaimed_payment"),
            waits_for=payment_intent_id,
        )

    @classmethod
    def quarantined(
        cls, reason: str, *, purchase: Purchase | None = None, payment: Payment | None = None
    ) -> Self:
        """Wrong forever: a repetition would say the same, so a person has to decide."""
        return cls(
            state=StripeEvent.State.QUARANTINED, reason=reason, purchase=purchase, payment=payment
        )

    @property
    def is_quarantined(self) -> bool:
        return self.state == StripeEvent.State.QUARANTINED


@transaction.atomic(savepoint=False)
def note(
    fact: Callable[..., Row], *, of: Payment | facts.PaymentName
) -> tuple[Row | None, Outcome]:
    """
    Lock a payment, note what Stripe says of it, and settle what it pays for.

    :param fact: a verb of `facts` that still wants its `payment`
    :returns: the row of the fact, or None where it was not noted, and what became of it: ignored
        where the payment is not from Checkout, quarantined where the fact contradicts another
    """
    payment = facts.lock_payment(of)
    if payment is None:
        return None, Outcome.ignored(wording.code("not_from_checkout"))
    return note_locked(fact, payment=payment)


def note_locked(fact: Callable[..., Row], *, payment: Payment) -> tuple[Row | None, Outcome]:
    """Note and settle where the caller has locked the payment."""
    try:
        row = fact(payment=payment)
    except facts.FactConflict as conflict:
        return None, Outcome.quarantined(str(conflict), payment=payment)
    payment.is_new = False
    outcome = settle(payment, cause=row)
    if outcome.purchase and outcome.purchase.is_paid:
        news.tell(row, purchase=outcome.purchase)
    return row, outcome


@contextmanager
def settled(payment: Payment) -> Iterator[Payment]:
    """Lock a payment for a refund that this site itself writes down, and settle it at the end."""
    with transaction.atomic():
        locked = Payment.objects.select_for_update().get(pk=payment.pk)
        yield locked
        settle(locked, cause=locked.refunds.order_by("-pk").first())


@transaction.atomic(savepoint=False)
def settle(payment: Payment, *, cause: object = None) -> Outcome:
    """
    Bring the credits of a payment's purchase in line with the money that is still ours.

    The caller holds the payment's lock.

    :param cause: the row of the fact that changed, where the caller knows it
    """
    purchase = (
        Purchase.objects.select_for_update(of=("self",))
        .select_related("lot")
        .filter(payment=payment)
        .first()
    )
    if purchase is None or purchase.lot is None:
        return Outcome.processed(purchase=purchase, payment=payment)
    return settle_lot(purchase.lot, purchase=purchase, payment=payment, cause=cause)


def settle_lot(lot: Lot, *, purchase: Purchase, payment: Payment, cause: object = None) -> Outcome:
    """Settle where the caller has locked the payment and its purchase."""
    if payment.currency != purchase.currency:
        return Outcome.quarantined(
            wording.code(
                "currency_differs",
                payment=payment,
                found=payment.currency,
                promised=purchase.currency,
            ),
            purchase=purchase,
            payment=payment,
        )
    wanted = wanted_of(payment, _locked(lot) if payment.is_on_hold else lot)
    moves = wanted.target != lot.clawback_target
    more_on_hold = wanted.on_hold - payment.fraud_held
    if moves or more_on_hold:
        payment.fraud_held = wanted.on_hold
        payment.settlements += moves
        payment.save(update_fields=["settlements", "fraud_held"])
    if moves:
        ledger.set_clawback_target(
            lot=lot,
            target=wanted.target,
            key=f"payment:{payment.pk}:settlement:{payment.settlements}",
            metadata=_named(cause) or ({FRAUD_WARNING: payment.pk} if more_on_hold else {}),
            actor="stripe",
        )
    return Outcome.processed(purchase=purchase, payment=payment)


def _named(cause: object) -> dict[str, int]:
    """Name the refund or the dispute that moved the credits, for those who ask why."""
    if isinstance(cause, Refund):
        return {"refund": cause.pk}
    return {"dispute": cause.pk} if isinstance(cause, Dispute) else {}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Credits of a lot that nobody may spend, and how many of those are paid for and on hold."""

    target: int
    on_hold: int


def wanted_of(payment: Payment, lot: Lot) -> Wanted:
    """Tell what the clawback target of a payment's lot is by all that is known of the payment."""
    unpaid = clawback_target(
        credits=lot.granted, charged=payment.amount_received, movements=movements_of(payment)
    )
    if not payment.is_on_hold:
        return Wanted(target=unpaid, on_hold=0)
    used = lot.spent + lot.held + lot.expired + lot.adjusted_off
    target = target_on_hold(granted=lot.granted, used=used, unpaid=unpaid)
    return Wanted(target=target, on_hold=target - unpaid)


def _locked(lot: Lot) -> Lot:
    """Keep everybody from spending of it while we look at what is left."""
    Account.objects.select_for_update().get(pk=lot.account_id)
    lot.refresh_from_db()
    return lot


def movements_of(payment: Payment) -> Movements:
    """Sum up what is known of money that went back, in the payment's smallest unit."""
    return movements_of_each([payment.pk])[payment.pk]


def movements_of_each(payments: Iterable[int]) -> dict[int, Movements]:
    """Sum up the same for each of these payments, by their keys, in one query."""
    failed = [*map(str, Refund.NO_MONEY_MOVED)]
    with connection.cursor() as cursor:
        cursor.execute(MONEY_BACK, {"payments": list(payments), "failed": failed})
        return {
            int(payment): Movements(
                not_failed=int(not_failed),
                failed=int(failed_),
                seen_refunded=int(seen),
                withdrawn=int(withdrawn),
            )
            for payment, seen, not_failed, failed_, withdrawn in cursor.fetchall()
        }
