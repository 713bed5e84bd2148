"""A session beside its purchase, and what it means that one breaks a rule (`session_rules`)."""

from collections.abc import Callable
from dataclasses import dataclass

from billing import wording
from billing.models import Payment, Purchase
from billing.stripe_gateway.objects import CheckoutSession


@dataclass(frozen=True, kw_only=True)
class Case:
    """A session of Stripe's beside the purchase that it is of."""

    session: CheckoutSession
    purchase: Purchase
    # The payment that the session names, where it is known here.
    payment: Payment | None

    @property
    def is_claimed(self) -> bool:
        """The session says itself that it is this purchase's; our row does not name it."""
        return self.purchase.stripe_session_id != self.session.id

    @classmethod
    def of(cls, session: CheckoutSession, purchase: Purchase) -> "Case":
        """Look up the payment; none is locked."""
        named, payment = session.payment_intent_id, purchase.payment
        if payment is None or payment.stripe_payment_intent_id != named:
            payment = Payment.objects.filter(stripe_payment_intent_id=named or "").first()
        return cls(session=session, purchase=purchase, payment=payment)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """
    One thing that must agree.

    `compare` gives what was promised and what Stripe says; they are equal where the rule does not
    apply. `name` is Stripe's field for it, and money is in the currency's smallest unit.
    """

    name: str
    compare: Callable[[Case], tuple[object, object]]
    code: str = "differs"  # of `wording`
    # Whether staff may grant the credits though it is broken.
    may_overrule: bool
    # It holds of a session as Stripe shows it now; an event may tell of it as it was.
    is_of_now: bool = False
    # It must hold before our number in a session's metadata is believed. Of a session that our row
    # names it is told to staff, and the credits follow the session's id.
    is_of_claim: bool = False

    def broken_by(self, case: Case) -> "Broken | None":
        promised, found = self.compare(case)
        if promised == found:
            return None
        return Broken(rule=self, promised=promised, found=found)


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A rule that a session breaks: what was promised, and what Stripe says."""

    rule: Rule
    promised: object
    found: object

    @property
    def name(self) -> str:
        return self.rule.name

    @property
    def reason(self) -> str:
        """Why the session is not the purchase's, as a row keeps it."""
        return wording.code(
            self.rule.code, name=self.name, promised=self.promised, found=self.found
        )

    @property
    def message(self) -> str:
        return wording.say(self.reason)
