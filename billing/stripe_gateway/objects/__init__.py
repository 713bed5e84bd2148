"""Stripe's objects as this project reads them: a few fields each, checked, then frozen."""

from billing.stripe_gateway.objects.buyers import Buyer
from billing.stripe_gateway.objects.charges import Charge
from billing.stripe_gateway.objects.disputes import DisputeObject
from billing.stripe_gateway.objects.fields import MalformedObject, find_id, read_timestamp
from billing.stripe_gateway.objects.fraud_warnings import EarlyFraudWarning
from billing.stripe_gateway.objects.invoices import InvoiceObject
from billing.stripe_gateway.objects.payment_intents import Decline, PaymentIntent
from billing.stripe_gateway.objects.payment_methods import CardMethod
from billing.stripe_gateway.objects.refunds import RefundObject
from billing.stripe_gateway.objects.sessions import CheckoutSession

__all__ = [
    "Buyer",
    "CardMethod",
    "Charge",
    "CheckoutSession",
    "Decline",
    "DisputeObject",
    "EarlyFraudWarning",
    "InvoiceObject",
    "MalformedObject",
    "PaymentIntent",
    "RefundObject",
    "find_id",
    "read_timestamp",
]
