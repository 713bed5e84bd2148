"""
The words that people agree to, and the record of it.

What Stripe wants such words to say, and to be kept:
https://docs.stripe.com/payments/save-and-reuse#compliance
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing import conf
from billing.models import Consent
from billing.topups.terms import Promise
from credits.models import Account


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """Words that somebody was shown and agreed to: in which language, from which IP address."""

    words: str
    language: str
    ip_address: str | None = None


def for_card() -> str:
    """Say, in the language of today, what saving a card means."""
    return _(
        "I agree that %(site)s has Stripe keep my card, and charges it while I am away, only for"
        " automatic top-ups that I set up here. I can remove the card at any time."
    ) % {"site": conf.site_name()}


def agreed(words: str, *, ip_address: str | None) -> Agreed:
    """Note that these words were agreed to, in the language of this moment."""
    return Agreed(
        words=words, language=get_language() or conf.language_code(), ip_address=ip_address
    )


def record(
    kind: Consent.Kind,
    *,
    account: Account,
    agreed: Agreed,
    at: datetime,
    promise: Promise | None = None,
) -> Consent:
    """Keep words that were agreed to, and what a top-up promises by them."""
    return Consent.objects.create(
        kind=kind,
        account=account,
        words=agreed.words,
        language=agreed.language,
        ip_address=agreed.ip_address,
        credits=promise.credits if promise else None,
        valid_for_days=promise.valid_for_days if promise else None,
        given_at=at,
    )


def promise_of(consent: Consent) -> Promise:
    """Read what a top-up promises by these words."""
    return Promise(credits=consent.credits or 0, valid_for_days=consent.valid_for_days)
