"""
What a Checkout Session must say to be the one that its purchase promised: each rule once.

Fulfilment sets aside a session that breaks one. Staff see what was promised beside what Stripe
says, and may overrule some. Reconciliation looks at granted purchases by the same rules, and makes
a lost purchase again only where none is broken.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from billing.models import Customer, Purchase
from billing.models.prices import TaxBehavior
from billing.settlement.session_case import Broken, Case, Rule


def contradictions(case: Case) -> Iterator[Broken]:
    """Find what keeps a session from granting by itself, whenever Stripe said it."""
    return _broken(case, [rule for rule in RULES if not rule.is_of_now and _binds(rule, case)])


def differences(case: Case) -> Iterator[Broken]:
    """Find everything in which a session, as Stripe shows it now, and its purchase differ."""
    return _broken(case, RULES)


def impediments(case: Case) -> Iterator[Broken]:
    """Find what keeps anybody from granting for a session as Stripe shows it now."""
    return _broken(case, [rule for rule in RULES if not rule.may_overrule and _binds(rule, case)])


def strangeness(case: Case) -> Iterator[Broken]:
    """Find what says that a session is of somebody else, whatever became of it."""
    return _broken(case, [rule for rule in RULES if rule is SESSION or rule.is_of_claim])


def _binds(rule: Rule, case: Case) -> bool:
    return case.is_claimed or not rule.is_of_claim


def _broken(case: Case, rules: Iterable[Rule]) -> Iterator[Broken]:
    return filter(None, (rule.broken_by(case) for rule in rules))


def _session(case: Case) -> tuple[object, object]:
    return case.purchase.stripe_session_id or case.session.id, case.session.id


def _promotion(case: Case) -> tuple[object, object]:
    status = case.session.payment_status
    is_wrong = case.session.is_free and not case.purchase.allow_promotion_codes
    return "paid" if is_wrong else status, status


def _subtotal(case: Case) -> tuple[object, object]:
    return case.purchase.amount_subtotal, case.session.amount_subtotal


def _discount(case: Case) -> tuple[object, object]:
    """Take off nothing, unless the plan takes promotion codes; of all of it, `_promotion` tells."""
    found = case.session.amount_discount
    may_be = case.purchase.allow_promotion_codes or case.session.is_free
    return found if may_be else 0, found


def _tax(case: Case) -> tuple[object, object]:
    """Charge no tax that the page was not asked for."""
    found = case.session.amount_tax
    return found if case.purchase.may_be_taxed else 0, found


def _total(case: Case) -> tuple[object, object]:
    """
    Compare what was paid with the price, less the discount, and with tax where that is on top.

    A price that does not say follows the tax settings at Stripe, and may be either.
    https://docs.stripe.com/tax/products-prices-tax-codes-tax-behavior#tax-behavior
    """
    promised, found = _subtotal(case)
    if promised != found:  # told by itself
        return case.session.amount_total, case.session.amount_total
    session, behavior = case.session, case.purchase.tax_behavior
    inclusive = session.amount_subtotal - session.amount_discount
    exclusive = inclusive + session.amount_tax
    if behavior == TaxBehavior.INCLUSIVE:
        return inclusive, session.amount_total
    if behavior == TaxBehavior.UNSPECIFIED and session.amount_total == inclusive:
        return inclusive, session.amount_total
    return exclusive, session.amount_total


def _payment_named(case: Case) -> tuple[object, object]:
    is_missing = case.session.is_paid and case.session.payment_intent_id is None
    return ("a payment", None) if is_missing else (None, None)


def _payment_currency(case: Case) -> tuple[object, object]:
    promised = case.purchase.currency
    return promised, (case.payment.currency if case.payment else "") or promised


def _payment_is_unused(case: Case) -> tuple[object, object]:
    """Look for another purchase that it paid for; the constraint on `payment` allows one."""
    payment, purchase = case.payment, case.purchase
    if payment is None or payment.is_new or payment.pk == purchase.payment_id:
        return None, None
    other = Purchase.objects.filter(payment=payment).exclude(pk=purchase.pk).first()
    return None, other and other.short_number


def _paid_once(case: Case) -> tuple[object, object]:
    session, purchase = case.session, case.purchase
    is_stated = session.is_settled or session.payment_intent_id
    if not purchase.is_paid or not is_stated:
        return None, None
    if case.payment and case.payment.pk == purchase.payment_id:
        return None, None
    promised = purchase.payment.stripe_payment_intent_id if purchase.payment else None
    return promised, session.payment_intent_id


def _buyer(case: Case) -> tuple[object, object]:
    is_gone = not case.purchase.is_paid and case.purchase.account.user_id is None
    return "known", "gone" if is_gone else "known"


def _settled(case: Case) -> tuple[object, object]:
    status = case.session.payment_status
    return status if case.session.is_settled else "paid", status


def _received(case: Case) -> tuple[object, object]:
    total, purchase = case.session.amount_total, case.purchase
    if not purchase.is_paid:
        return total, total
    return purchase.payment.amount_received if purchase.payment else 0, total


def _kept(name: str) -> Callable[[Case], tuple[object, object]]:
    """Compare what was kept of a paid session with what it says now."""

    def compare(case: Case) -> tuple[object, object]:
        found = getattr(case.session, name)
        return getattr(case.purchase, name) if case.purchase.is_paid else found, found

    return compare


def _user_named(case: Case) -> tuple[object, object]:
    promised, found = case.purchase.account.user_id, case.session.user_id
    if promised is None or not found:
        return None, None  # erased since; or made by hand, and the customer says whose it is
    return str(promised), found


def _price_named(case: Case) -> tuple[object, object]:
    """Of a purchase that is over, the price may have been published anew."""
    found = case.session.price_id
    if case.purchase.is_paid or (not found and not case.is_claimed):
        return None, None
    return case.purchase.plan_price.reference, found


def _quantity_named(case: Case) -> tuple[object, object]:
    promised = str(case.purchase.quantity)
    return promised, case.session.quantity or promised  # made by hand, or before there were several


def _number_named(case: Case) -> tuple[object, object]:
    found = case.session.purchase_uuid
    promised = str(case.purchase.uuid)
    return promised, promised if found is None or _is_same_number(found, promised) else found


def _is_same_number(found: str, promised: str) -> bool:
    """Compare two spellings of a uuid."""
    return found.strip("{}").replace("-", "").lower() == promised.replace("-", "")


def _customer(case: Case) -> tuple[object, object]:
    """Look for the buyer's customers, earlier ones too; asked only where nothing else is known."""
    found, user_id = case.session.customer_id, case.purchase.account.user_id
    if not case.is_claimed or user_id is None:
        return None, None
    known = Customer.objects.filter(user_id=user_id).order_by("-pk")
    ids = list(known.values_list("stripe_customer_id", flat=True))
    return (found, found) if found in ids else (ids[0] if ids else "unknown", found)


SETTLED: Final = Rule(
    name="payment_status",
    compare=_settled,
    code="not_settled",
    may_overrule=False,
    is_of_now=True,
)

SESSION: Final = Rule(
    name="id",
    compare=_session,
    code="second_session",
    may_overrule=True,
)

RULES: Final = (
    SETTLED,
    SESSION,
    Rule(name="metadata.purchase_id", compare=_number_named, may_overrule=True, is_of_claim=True),
    Rule(name="metadata.user_id", compare=_user_named, may_overrule=False, is_of_claim=True),
    Rule(name="metadata.price_id", compare=_price_named, may_overrule=True, is_of_claim=True),
    Rule(name="metadata.quantity", compare=_quantity_named, may_overrule=True, is_of_claim=True),
    Rule(name="customer", compare=_customer, may_overrule=True, is_of_claim=True),
    Rule(name="mode", compare=lambda it: ("payment", it.session.mode), may_overrule=True),
    Rule(
        name="livemode",
        compare=lambda it: (it.purchase.livemode, it.session.livemode),
        may_overrule=False,
    ),
    # Refunds in another currency could not be weighed against the purchase.
    Rule(
        name="currency",
        compare=lambda it: (it.purchase.currency, it.session.currency),
        may_overrule=False,
    ),
    Rule(name="amount_subtotal", compare=_subtotal, may_overrule=True),
    Rule(name="amount_discount", compare=_discount, may_overrule=True),
    Rule(name="amount_tax", compare=_tax, may_overrule=True),
    Rule(name="amount_total", compare=_total, may_overrule=True),
    Rule(
        name="payment_status",
        compare=_promotion,
        code="nothing_paid",
        may_overrule=True,
    ),
    Rule(
        name="payment_intent",
        compare=_payment_named,
        code="no_payment_named",
        may_overrule=False,
    ),
    Rule(
        name="payment_intent.currency",
        compare=_payment_currency,
        code="payment_currency",
        may_overrule=False,
    ),
    Rule(
        name="payment_intent",
        compare=_payment_is_unused,
        code="payment_is_used",
        may_overrule=False,
    ),
    Rule(
        name="payment_intent",
        compare=_paid_once,
        code="paid_twice",
        may_overrule=False,
    ),
    Rule(
        name="metadata.user_id",
        compare=_buyer,
        code="buyer_is_gone",
        may_overrule=False,
    ),
    Rule(
        name="amount_discount",
        compare=_kept("amount_discount"),
        may_overrule=True,
        is_of_now=True,
    ),
    Rule(name="amount_tax", compare=_kept("amount_tax"), may_overrule=True, is_of_now=True),
    Rule(name="amount_total", compare=_received, may_overrule=True, is_of_now=True),
)
