"""
What is for sale: prices brought to Stripe, taken off sale, and what Stripe says of them.

Nothing is on sale without Stripe's word. A product or price that Stripe has no more is let go and
made anew; one that somebody took off sale at Stripe stays off sale until staff publish it again.
"""

from billing.catalog.at_stripe import note_news
from billing.catalog.publishing import (
    publish,
    refresh_product,
    renewed,
    set_price,
    withdraw,
)
from billing.catalog.terms import ImpossiblePrice, check_terms

__all__ = [
    "ImpossiblePrice",
    "check_terms",
    "note_news",
    "publish",
    "refresh_product",
    "renewed",
    "set_price",
    "withdraw",
]
