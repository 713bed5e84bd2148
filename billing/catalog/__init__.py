"""
What is for sale: prices brought to Stripe, taken off sale, and what Stripe says of them.

Nothing is on sale without Stripe's word. A product or price that Stripe has no more is let go and
made anew; one that somebody took off sale at Stripe stays off sale until staff publish it again.
"""

from billing.catalog.at_stripe import note_news
from billing.catalog.orders import (
    ImpossibleAmount,
    ImpossibleOrder,
    ImpossibleQuantity,
    Order,
    order,
    quantity_maximum,
)
from billing.catalog.publishing import (
    publish,
    refresh_product,
    renewed,
    set_price,
    withdraw,
)
from billing.catalog.selling import NeverPriced, sell_again, take_off_sale
from billing.catalog.terms import (
    Amounts,
    ImpossibleAmounts,
    ImpossiblePrice,
    NoCredits,
    TermsError,
    UnknownCurrency,
    check_terms,
)

__all__ = [
    "Amounts",
    "ImpossibleAmount",
    "ImpossibleAmounts",
    "ImpossibleOrder",
    "ImpossiblePrice",
    "ImpossibleQuantity",
    "NeverPriced",
    "NoCredits",
    "Order",
    "TermsError",
    "UnknownCurrency",
    "check_terms",
    "note_news",
    "order",
    "publish",
    "quantity_maximum",
    "refresh_product",
    "renewed",
    "sell_again",
    "set_price",
    "take_off_sale",
    "withdraw",
]
