"""
All calls to Stripe: nothing else imports `stripe`.

Every call takes what it needs as arguments, has a time limit and an idempotency key where it
writes, and is made outside any database transaction. Errors leave as one tree, `GatewayError`,
which says whether something may have happened at Stripe.
"""

from billing.stripe_gateway.calling import API_VERSION
from billing.stripe_gateway.cards import (
    NewCardSetup,
    SetupResult,
    create_setup_session,
    detach_card,
    retrieve_setup,
)
from billing.stripe_gateway.catalog import (
    archive_price,
    create_price,
    create_product,
    is_active,
    update_product,
)
from billing.stripe_gateway.charges import (
    NewCharge,
    cancel_payment_intent,
    charge_again,
    charge_saved_card,
    find_payment_intent,
    retrieve_payment_intent,
)
from billing.stripe_gateway.clocks import seconds_ahead
from billing.stripe_gateway.customers import create_customer, delete_customer, update_customer
from billing.stripe_gateway.endpoints import (
    create_webhook_endpoint,
    undelivered_events,
    update_webhook_endpoint,
    webhook_endpoints,
)
from billing.stripe_gateway.payment_methods import payment_methods_in
from billing.stripe_gateway.portal import create_portal_session
from billing.stripe_gateway.problems import (
    GatewayDeclined,
    GatewayDenied,
    GatewayError,
    GatewayMissing,
    GatewayRefused,
    GatewayUnavailable,
    SignatureInvalid,
    SignatureTooOld,
)
from billing.stripe_gateway.reading import (
    list_checkout_sessions,
    list_disputes,
    list_events,
    list_invoices,
    list_payment_intents,
    list_refunds,
    read_object,
    retrieve_dispute,
    retrieve_invoice,
    retrieve_payment_status,
    retrieve_refund,
)
from billing.stripe_gateway.refunding import create_refund, find_refund
from billing.stripe_gateway.sessions import (
    InlinePrice,
    NewCheckoutSession,
    create_checkout_session,
    expire_checkout_session,
    find_checkout_session,
    retrieve_checkout_session,
)
from billing.stripe_gateway.signatures import SIGNATURE_TOLERANCE, verify_signature
from billing.stripe_gateway.tax import (
    TaxOptions,
    knows_managed_payments,
    tax_registrations,
    tax_settings,
)

__all__ = [
    "API_VERSION",
    "SIGNATURE_TOLERANCE",
    "GatewayDeclined",
    "GatewayDenied",
    "GatewayError",
    "GatewayMissing",
    "GatewayRefused",
    "GatewayUnavailable",
    "InlinePrice",
    "NewCardSetup",
    "NewCharge",
    "NewCheckoutSession",
    "SetupResult",
    "SignatureInvalid",
    "SignatureTooOld",
    "TaxOptions",
    "archive_price",
    "cancel_payment_intent",
    "charge_again",
    "charge_saved_card",
    "create_checkout_session",
    "create_customer",
    "create_portal_session",
    "create_price",
    "create_product",
    "create_refund",
    "create_setup_session",
    "create_webhook_endpoint",
    "delete_customer",
    "detach_card",
    "expire_checkout_session",
    "find_checkout_session",
    "find_payment_intent",
    "find_refund",
    "is_active",
    "knows_managed_payments",
    "list_checkout_sessions",
    "list_disputes",
    "list_events",
    "list_invoices",
    "list_payment_intents",
    "list_refunds",
    "payment_methods_in",
    "read_object",
    "retrieve_checkout_session",
    "retrieve_dispute",
    "retrieve_invoice",
    "retrieve_payment_intent",
    "retrieve_payment_status",
    "retrieve_refund",
    "retrieve_setup",
    "seconds_ahead",
    "tax_registrations",
    "tax_settings",
    "undelivered_events",
    "update_customer",
    "update_product",
    "update_webhook_endpoint",
    "verify_signature",
    "webhook_endpoints",
]
