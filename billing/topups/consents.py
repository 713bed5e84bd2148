"""
The words that people agree to, and the record of it.

What Stripe wants such words to say, and to be kept:
https://docs.stripe.com/payments/save-and-reuse#compliance
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing import conf, money
from billing.models import Consent, PlanPrice
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


def for_rule(*, price: PlanPrice, threshold: int, monthly_limit: int) -> str:
    """Say, in the language of today, what a rule will charge, when, and how much at most."""
    return _(
        "When my balance falls below %(threshold)s credits, %(site)s buys %(plan)s for me"
        " (%(credits)s credits for %(price)s) and charges my saved card while I am away, for"
        " %(limit)s at most in a calendar month (UTC). I can switch this off at any time. Credits"
        " that were bought are mine; refunds are as for any purchase."
    ) % {
        "threshold": money.format_number(threshold),
        "site": conf.site_name(),
        "plan": price.plan.name,
        "credits": money.format_number(price.plan.total_credits),
        "price": money.format_money(price.unit_amount, price.currency),
        "limit": money.format_money(monthly_limit, price.currency),
    }


def agreed(words: str, *, ip_address: str | None) -> Agreed:
    """Note that these words were agreed to, in the language of this moment."""
    return Agreed(
        words=words, language=get_language() or conf.language_code(), ip_address=ip_address
    )


def record(kind: Consent.Kind, *, account: Account, agreed: Agreed, at: datetime) -> Consent:
    return Consent.objects.create(
        kind=kind,
        account=account,
        words=agreed.words,
        language=agreed.language,
        ip_address=agreed.ip_address,
        given_at=at,
    )
