"""
Saving a card at Stripe, and letting it go again: here, in Stripe's portal or by its customer's end.

Stripe keeps the card; here stand its brand, its last digits and when it expires. A card that was
removed is never charged again, whether Stripe has heard of it yet or not.
"""

import logging
from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from billing import conf, stripe_gateway, users, wording
from billing.models import CardSetup, Consent, Customer, SavedCard, TopUp, TopUpRule
from billing.settlement.settling import Outcome
from billing.stripe_gateway.objects import CardMethod, CheckoutSession
from billing.topups import consents, rules
from billing.topups.consents import Agreed
from billing.topups.rules import OffReason
from billing.users import customers
from credits.models import Account

log = logging.getLogger(__name__)

# Stripe's page is open for a day; after that, what became of it is asked in any case.
ABANDONED_AFTER = timedelta(hours=25)


class TooManySetups(Exception):
    """As many pages that save a card were opened as anyone may open in an hour."""


class NothingSaved(Exception):
    """Stripe's page has saved no card of this person's."""


def begin(*, user: AbstractBaseUser, agreed: Agreed) -> str:
    """
    Open Stripe's page that saves a card, and return its address.

    :raises EmailNotVerified: if the person's address is not verified now
    :raises NotOffered: if this site has no automatic top-up
    :raises TooManySetups: if they have opened too many in the last hour
    :raises GatewayError: if Stripe did not open it; nothing was saved
    """
    users.require_verified_email(user)
    if not conf.top_ups():
        raise rules.NotOffered("This site has no automatic top-up.")
    setup = _reserve(user, agreed=agreed)
    session = _open(setup, user=user)
    CardSetup.objects.filter(pk=setup.pk).update(stripe_session_id=session.id)
    return session.url or ""


@transaction.atomic
def _reserve(user: AbstractBaseUser, *, agreed: Agreed) -> CardSetup:
    account = Account.objects.for_user(user)
    account = Account.objects.select_for_update().get(pk=account.pk)
    now = timezone.now()
    lately = CardSetup.objects.filter(account=account, created_at__gt=now - timedelta(hours=1))
    if lately.count() >= conf.checkouts_per_hour():
        raise TooManySetups
    consent = consents.record(Consent.Kind.CARD, account=account, agreed=agreed, at=now)
    return CardSetup.objects.create(consent=consent, account=account, livemode=conf.livemode())


def _open(setup: CardSetup, *, user: AbstractBaseUser) -> CheckoutSession:
    """Have Stripe open the page; a customer that it has no more is made anew, once."""
    page = conf.site_url() + reverse("billing:top_up")
    for attempt in (1, 2):
        customer_id = customers.id_for(user)
        new = stripe_gateway.NewCardSetup(
            setup_uuid=str(setup.uuid),
            user_id=str(user.pk),
            customer_id=customer_id,
            currency=conf.currency(),
            success_url=f"{page}?returned={setup.uuid}",
            cancel_url=page,
        )
        try:
            return stripe_gateway.create_setup_session(new)
        except stripe_gateway.GatewayRefused as error:
            if error.param != "customer" or attempt == 2:  # noqa: PLR2004 - the last one
                raise
            customers.mark_missing(customer_id)
    raise AssertionError


def note_session(session: CheckoutSession) -> Outcome:
    """Note that a page which saves a card was used, or has expired. Nobody is asked."""
    setups = CardSetup.objects.open().filter(stripe_session_id=session.id)
    if session.status == "expired":
        known = setups.update(closed_at=timezone.now())
    else:
        known = setups.update(completed_at=timezone.now())
    if not known and not CardSetup.objects.filter(stripe_session_id=session.id).exists():
        return Outcome.ignored(wording.code("not_our_session"))
    return Outcome.processed()


def finish_waiting() -> int:
    """Write down the cards of pages that were used; return how many cards are new."""
    now = timezone.now()
    waiting = CardSetup.objects.open().filter(
        Q(completed_at__isnull=False) | Q(created_at__lt=now - ABANDONED_AFTER),
        livemode=conf.livemode(),
    )
    return sum(finish(setup) is not None for setup in waiting.order_by("pk"))


def finish(setup: CardSetup) -> SavedCard | None:
    """
    Ask Stripe what became of a page, and write its card down. Safe to repeat.

    :raises GatewayUnavailable: if Stripe did not tell
    """
    if setup.closed_at is not None:
        return setup.card
    try:
        found = _found(setup)
        return _save(setup, found) if found else None
    except NothingSaved as error:
        log.info("card_not_saved", extra={"setup": str(setup.uuid), "error": str(error)})
        CardSetup.objects.open().filter(pk=setup.pk).update(closed_at=timezone.now())
        return None


def _found(setup: CardSetup) -> CardMethod | None:
    """
    Find the card that a page has saved; None while it is open.

    :raises NothingSaved: if it has saved none, and will not
    """
    if setup.stripe_session_id is None:
        raise NothingSaved("Stripe never opened the page.")
    try:
        result = stripe_gateway.retrieve_setup(setup.stripe_session_id)
    except stripe_gateway.GatewayMissing as error:
        raise NothingSaved("Stripe has no such page.") from error
    if result.status != "open" and result.card is None:
        raise NothingSaved(f"The page is {result.status}.")
    return result.card if result.status == "complete" else None


@transaction.atomic
def _save(setup: CardSetup, found: CardMethod) -> SavedCard | None:
    """
    Let a card take the place of the one before, which is detached later.

    :raises NothingSaved: if Stripe has it for somebody else, or has let it go again
    """
    customer = (
        Customer.objects.select_for_update()
        .filter(
            stripe_customer_id=found.customer_id or "",
            user__credit_account=setup.account_id,
            livemode=setup.livemode,
        )
        .first()
    )
    setup = CardSetup.objects.select_for_update().get(pk=setup.pk)
    if setup.closed_at is not None:
        return setup.card
    if customer is None:
        raise NothingSaved(f"{found.id} is of customer {found.customer_id}.")
    if SavedCard.objects.filter(stripe_payment_method_id=found.id).exists():
        raise NothingSaved(f"{found.id} was saved before.")
    now = timezone.now()
    customer.cards.current().update(removed_at=now)
    card = SavedCard.objects.create(
        customer=customer, stripe_payment_method_id=found.id, **_shown(found)
    )
    setup.card, setup.closed_at = card, now
    setup.save(update_fields=["card", "closed_at"])
    _charge_from_now_on(card, setup.account)
    log.info("card_saved", extra={"card": card.pk, "customer": customer.stripe_customer_id})
    return card


def _charge_from_now_on(card: SavedCard, account: Account) -> None:
    """Give the rule its new card; what waits to be tried again is tried with that at once."""
    TopUpRule.objects.filter(account=account, livemode=card.customer.livemode).update(card=card)
    TopUp.objects.open().filter(account=account, status=TopUp.Status.WAITING).update(
        due_at=timezone.now()
    )


def remove(*, user: AbstractBaseUser) -> int:
    """
    Remove a person's cards, as they ask: nothing is charged from then on.

    Stripe is told at once where it answers, and by the job where it does not.

    :returns: how many there were
    """
    cards = _forget(
        SavedCard.objects.current().filter(customer__user_id=user.pk), by=OffReason.PERSON
    )
    for card in cards:
        try:
            _detach(card)
        except stripe_gateway.GatewayUnavailable as error:
            log.warning("card_not_detached", extra={"card": card.pk, "error": str(error)})
    return len(cards)


def detach_removed() -> int:
    """Have Stripe let go of the cards that were removed here; return how many."""
    cards = list(
        SavedCard.objects.to_detach()
        .filter(customer__livemode=conf.livemode())
        .select_related("customer")
        .order_by("pk")
    )
    for card in cards:
        _detach(card)
    return len(cards)


def _detach(card: SavedCard) -> None:
    stripe_gateway.detach_card(card.stripe_payment_method_id)
    SavedCard.objects.filter(pk=card.pk, detached_at=None).update(detached_at=timezone.now())


def note_detached(stripe_payment_method_id: str) -> int:
    """Note that a card is nobody's any more at Stripe; return whether it was one of ours."""
    rows = SavedCard.objects.filter(stripe_payment_method_id=stripe_payment_method_id)
    _forget(rows.current(), by=OffReason.CARD_REMOVED)
    return rows.filter(detached_at=None).update(detached_at=timezone.now())


def note_customer_deleted(stripe_customer_id: str) -> int:
    """
    Note that a customer is gone at Stripe, and its cards with it; return how many there were.

    https://docs.stripe.com/api/customers/delete
    """
    rows = SavedCard.objects.filter(customer__stripe_customer_id=stripe_customer_id)
    _forget(rows.current(), by=OffReason.CARD_REMOVED)
    return rows.filter(detached_at=None).update(detached_at=timezone.now())


def note_changed(found: CardMethod) -> int:
    """Note a card's new number or expiry, as when its bank has sent another one."""
    rows = SavedCard.objects.current().filter(stripe_payment_method_id=found.id)
    return rows.update(**_shown(found))


@transaction.atomic
def _forget(rows: QuerySet[SavedCard], *, by: OffReason) -> list[SavedCard]:
    """Remove cards here, and switch off what would charge them."""
    cards = list(rows.select_for_update())
    SavedCard.objects.filter(pk__in=[card.pk for card in cards]).update(removed_at=timezone.now())
    charging = TopUpRule.objects.select_for_update().filter(card__in=cards, is_on=True)
    for rule in charging.order_by("pk"):
        rules.switch_off_locked(rule, reason=by)
    return cards


def _shown(found: CardMethod) -> dict[str, str | int]:
    return {
        "brand": found.brand,
        "last4": found.last4,
        "exp_month": found.exp_month,
        "exp_year": found.exp_year,
    }
