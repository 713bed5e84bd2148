"""What is left of cards and consents when their person is erased, or long after."""

from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Exists, OuterRef
from django.utils import timezone

from billing import stripe_gateway
from billing.models import Consent, SavedCard, TopUp, TopUpRule
from billing.topups import rules
from billing.topups.rules import OffReason

# As long as card networks let a charge be disputed at the most:
# https://docs.stripe.com/disputes/how-disputes-work
DISPUTABLE: Final = timedelta(days=540)


def detach_at_stripe(user: AbstractBaseUser) -> int:
    """
    Have Stripe let go of every card of a person; return how many there were.

    :raises GatewayUnavailable: if Stripe did not answer; do it again then
    """
    cards = SavedCard.objects.filter(customer__user_id=user.pk, detached_at=None)
    count = 0
    for card in cards.order_by("pk"):
        stripe_gateway.detach_card(card.stripe_payment_method_id)
        now = timezone.now()
        SavedCard.objects.filter(pk=card.pk).update(
            detached_at=now, removed_at=card.removed_at or now
        )
        count += 1
    return count


def forget(user: AbstractBaseUser) -> dict[str, int]:
    """
    Take a person out of cards, rules and consents; return what was changed, as rows by kind.

    The words that they agreed to stay with the account, which has no person any more: a dispute of
    what was charged is answered with them. Call it before their customers are forgotten.
    """
    on = TopUpRule.objects.select_for_update().filter(account__user_id=user.pk, is_on=True)
    switched_off = 0
    for rule in on.order_by("pk"):
        rules.switch_off_locked(rule, reason=OffReason.ERASED)
        switched_off += 1
    cards = SavedCard.objects.filter(customer__user_id=user.pk)
    cards.current().update(removed_at=timezone.now())
    return {
        "top-up rules": switched_off,
        "cards": cards.exclude(brand="", last4="", exp_month=None, exp_year=None).update(
            brand="", last4="", exp_month=None, exp_year=None
        ),
        "consents": Consent.objects.filter(account__user_id=user.pk)
        .exclude(ip_address=None)
        .update(ip_address=None),
    }


def prune_addresses(*, at: datetime) -> int:
    """Drop the IP addresses of consents that were long not used; return how many."""
    since = at - DISPUTABLE
    in_force = TopUpRule.objects.filter(consent=OuterRef("pk"), is_on=True)
    charged = TopUp.objects.filter(consent=OuterRef("pk"), created_at__gte=since)
    kept = SavedCard.objects.current().filter(setup__consent=OuterRef("pk"))
    old = Consent.objects.filter(ip_address__isnull=False, given_at__lt=since)
    return old.filter(~Exists(in_force), ~Exists(charged), ~Exists(kept)).update(ip_address=None)
