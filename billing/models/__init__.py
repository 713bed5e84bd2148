"""Rows of billing: what is for sale, what was bought, what Stripe says of the money."""

from .desks import FraudWarning, Shortfall
from .events import StripeEvent
from .payments import Dispute, Payment, Refund
from .prices import PlanPrice
from .purchases import Purchase

__all__ = [
    "Dispute",
    "FraudWarning",
    "Payment",
    "PlanPrice",
    "Purchase",
    "Refund",
    "Shortfall",
    "StripeEvent",
]
