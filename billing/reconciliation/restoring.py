"""
Purchases that Stripe knows and this database has lost, as after a restore from a backup.

What was sold is known by the session's metadata and the price's row. Only what leaves no doubt is
made again: for anything else the finding stays, and a person decides.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import UUIDField

from billing import fulfilment, users
from billing.models import PlanPrice, Purchase
from billing.settlement import session_rules
from billing.settlement.session_rules import Case
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
    began = _began(session)
    lost = {
        "account": Account.objects.for_user(buyer),
        **Purchase.snapshot_of(price),
        "session_expires_at": session.expires_at or began + timedelta(days=1),
        "stripe_session_id": session.id,
        "checkout_url": session.url or "",
        "status": Purchase.Status.OPEN,
        "opened_at": began,
    }
    case = Case.of(session, Purchase(uuid=uuid, **lost))
    for broken in session_rules.contradictions(case):
        raise Doubtful(broken.message)
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
    price = (
        PlanPrice.objects.select_related("plan").filter(stripe_price_id=session.price_id).first()
    )
    if price is None:
        raise Doubtful(f"price {session.price_id or '(none)'} is not known here")
    if price.plan.updated_at > _began(session):
        raise Doubtful(f"plan {price.plan.slug} was edited since; what was promised is not known")
    return price


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
