"""Rows of billing: what is for sale, what was bought, what Stripe says of the money."""

from billing.models.attempts import AttemptCount
from billing.models.buyers import BuyerDetails
from billing.models.cards import CardSetup, Consent, SavedCard
from billing.models.customers import Customer
from billing.models.display_states import DisplayState
from billing.models.disputes import Dispute
from billing.models.events import StripeEvent
from billing.models.invoices import Invoice
from billing.models.leaving import ErasureRequest
from billing.models.mails import OutgoingMail
from billing.models.messages import OutgoingMessage
from billing.models.payments import Payment
from billing.models.plans import CreditPlan
from billing.models.preferences import Preferences
from billing.models.prices import PlanPrice
from billing.models.purchases import Purchase
from billing.models.queues import FraudWarning, Shortfall
from billing.models.refunds import Refund
from billing.models.refused_webhooks import RefusedWebhooks
from billing.models.statements import StatementSeries
from billing.models.topups import TopUp, TopUpMonth, TopUpRule
from billing.models.vouchers import Voucher, VoucherBatch, VoucherRedemption

__all__ = [
    "AttemptCount",
    "BuyerDetails",
    "CardSetup",
    "Consent",
    "CreditPlan",
    "Customer",
    "DisplayState",
    "Dispute",
    "ErasureRequest",
    "FraudWarning",
    "Invoice",
    "OutgoingMail",
    "OutgoingMessage",
    "Payment",
    "PlanPrice",
    "Preferences",
    "Purchase",
    "Refund",
    "RefusedWebhooks",
    "SavedCard",
    "Shortfall",
    "StatementSeries",
    "StripeEvent",
    "TopUp",
    "TopUpMonth",
    "TopUpRule",
    "Voucher",
    "VoucherBatch",
    "VoucherRedemption",
]
