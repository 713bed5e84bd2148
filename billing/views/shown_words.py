"""
Words that somebody was shown before they agreed, sealed into the form by which they agree.

What is recorded is what they read: in its language, whatever this site would say by now.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core import signing
from django.utils.translation import get_language

from billing import conf
from billing.models import Consent, PlanPrice
from billing.topups import consents
from billing.topups.terms import Promise, Terms

# Seconds for which a page that was shown can be agreed to.
GOOD_FOR = 3600
SALT = "billing.top_up"

Kind = Consent.Kind


class StalePage(Exception):
    """What was agreed to was shown too long ago, or is not on offer any more."""


class Sealed(NamedTuple):
    """Words, and a token that brings exactly them back."""

    words: str
    token: str


class Shown(NamedTuple):
    words: str
    language: str


def for_card() -> Sealed:
    """Write down what saving a card means, as it is shown now."""
    return _seal(Kind.CARD, consents.for_card())


def of_card(token: str) -> Shown:
    """
    Read the words with which somebody agreed to save a card.

    :raises StalePage: if they were not shown by this site, or too long ago
    """
    return _read(token, Kind.CARD)[0]


def for_terms(terms: Terms) -> Sealed:
    """Write down what a rule would do, as it is shown now."""
    return _seal(
        Kind.TOP_UP,
        terms.words(),
        price=terms.price.pk,
        credits=terms.promise.credits,
        valid_for_days=terms.promise.valid_for_days,
        threshold=terms.threshold,
        monthly_limit=terms.monthly_limit,
    )


def of_terms(token: str, *, prices: Sequence[PlanPrice]) -> tuple[Terms, Shown]:
    """
    Read what somebody agreed to: the terms, and their words.

    :raises StalePage: if it was not shown by this site, or too long ago, or cannot be bought now
    """
    shown, values = _read(token, Kind.TOP_UP)
    price = {price.pk: price for price in prices}.get(values["price"])
    if price is None:
        raise StalePage
    terms = Terms(
        price=price,
        promise=Promise(credits=values["credits"], valid_for_days=values["valid_for_days"]),
        threshold=values["threshold"],
        monthly_limit=values["monthly_limit"],
    )
    return terms, shown


def _seal(kind: Kind, words: str, **values: int | None) -> Sealed:
    language = get_language() or conf.language_code()
    shown = {**values, "kind": str(kind), "words": words, "language": language}
    return Sealed(words, signing.dumps(shown, salt=SALT))


def _read(token: str, kind: Kind) -> tuple[Shown, dict[str, Any]]:
    try:
        values: dict[str, Any] = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature as error:
        raise StalePage from error
    if values.get("kind") != kind:
        raise StalePage
    return Shown(values["words"], values["language"]), values
