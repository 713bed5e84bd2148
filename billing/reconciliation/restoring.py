"""
Purchases that Stripe knows and this database has lost, as after a restore from a backup.

What was sold is known by the session's metadata and the price's row. Only what leaves no doubt is
made again: for anything else the finding stays, and a person decides.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Q, UUIDField

from billing import catalog, fulfilment, users
from billing.models import PlanPrice, Purchase
from billing.settlement import session_rules
from billing.settlement.session_case import Case
from billing.stripe_gateway.objects import CheckoutSession
from credits.models import Account


class Doubtful(Exception):
    """A purchase cannot be made again without guessing. The message says why."""


def restore(session: CheckoutSession) -> str:
    """Make a session's purchase again and fulfil it; return why not, or nothing."""
    try:
        with transaction.atomic():
            _make_again(session)
    except Doubtful as doubt:
        return str(doubt)
    return fulfilment.fulfil(session).reason


def _make_again(session: CheckoutSession) -> None:
    uuid, price, buyer = _uuid(session), _price(session), _buyer(session)
    order = _order(session, price)
    began = _began(session)
    lost = {
        "account": Account.objects.for_user(buyer),
        **Purchase.snapshot_of(price, quantity=order.quantity, unit_amount=order.unit_amount),
        "session_expires_at": session.expires_at or began + timedelta(days=1),
        "stripe_session_id": session.id,
        "checkout_url": session.url or "",
        "status": _status(session),
        "opened_at": began,
    }
    case = Case.of(session, Purchase(uuid=uuid, **lost))
    for broken in session_rules.contradictions(case):
        raise Doubtful(broken.message)
    _refuse_a_second_page(lost, price)
    purchase, is_new = Purchase.objects.get_or_create(uuid=uuid, defaults=lost)
    if is_new:
        Purchase.objects.filter(pk=purchase.pk).update(created_at=began)


def _began(session: CheckoutSession) -> datetime:
    """Stripe counts whole seconds: the end of that second."""
    if session.created_at is None:
        raise Doubtful("Stripe does not say when it began")
    return session.created_at + timedelta(seconds=1)


def _uuid(session: CheckoutSession) -> UUID:
    if session.purchase_key is None:
        raise Doubtful(f"{session.purchase_uuid!r} is no number of a purchase")
    return session.purchase_key


def _price(session: CheckoutSession) -> PlanPrice:
    """Find what was sold, if the plan still is what it was when the buyer clicked."""
    price = PlanPrice.objects.select_related("plan").filter(_named(session.price_id)).first()
    if price is None:
        raise Doubtful(f"price {session.price_id or '(none)'} is not known here")
    if price.plan.updated_at > _began(session):
        raise Doubtful(f"plan {price.plan.slug} was edited since; what was promised is not known")
    return price


def _status(session: CheckoutSession) -> str:
    """As it waits until it is fulfilled: at checkout, or complete."""
    return Purchase.Status.OPEN if session.status == "open" else Purchase.Status.PROCESSING


def _refuse_a_second_page(lost: dict[str, Any], price: PlanPrice) -> None:
    waiting = lost["account"].purchases.at_checkout(price)
    if lost["status"] == Purchase.Status.OPEN and waiting.exists():
        raise Doubtful(f"the buyer has begun to buy {price.plan.slug} again since")


def _named(reference: str) -> Q:
    """By Stripe's id, or by ours, of a price by amount."""
    try:
        return Q(uuid=UUID(reference))
    except ValueError:
        return Q(stripe_price_id=reference)


def _order(session: CheckoutSession, price: PlanPrice) -> catalog.Order:
    """Read how many were sold, or for how much; the plan has to allow it still."""
    quantity = session.quantity or "1"
    if not (quantity.isascii() and quantity.isdigit()):
        raise Doubtful(f"{quantity!r} is no quantity")
    amount = session.amount_subtotal if price.is_by_amount else None
    try:
        return catalog.order(price, quantity=int(quantity), amount=amount)
    except catalog.ImpossibleOrder as error:
        raise Doubtful(f"plan {price.plan.slug} is not sold so: {error}") from error


def _buyer(session: CheckoutSession) -> AbstractBaseUser:
    """
    Find who bought.

    A restored database gives numbers out a second time, so the person must be older than the
    session.
    """
    buyer = users.with_key(session.user_id) if session.user_id else None
    if buyer is None:
        raise Doubtful(f"user {session.user_id or '(none)'} is not known here")
    since = known_since(buyer)
    if since is None:
        raise Doubtful(f"nothing shows that user {session.user_id} is older than this purchase")
    if since > _began(session):
        raise Doubtful(f"user {session.user_id} signed up after this purchase, so is someone else")
    return buyer


def known_since(buyer: AbstractBaseUser) -> datetime | None:
    """Tell since when a key is this person's, as far as the user model or the account knows."""
    if isinstance(buyer._meta.pk, UUIDField):  # noqa: SLF001 - public by Django's word
        return datetime.min.replace(tzinfo=UTC)  # nobody else ever had it
    joined = getattr(buyer, "date_joined", None)
    if isinstance(joined, datetime):
        return joined
    account = Account.objects.filter(user_id=buyer.pk).first()
    return account.created_at if account else None
