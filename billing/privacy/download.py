"""
What is kept of a person, as one JSON document that is written while it is read.

Rows are read in batches: a million operations cost as little memory as ten. What other apps and the
host keep comes by `signals.downloading`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.serializers.json import DjangoJSONEncoder

from billing.models import (
    BuyerDetails,
    Consent,
    Customer,
    Dispute,
    ErasureRequest,
    Invoice,
    OutgoingMail,
    Payment,
    Preferences,
    Purchase,
    Refund,
    SavedCard,
    TopUpRule,
    VoucherRedemption,
)
from billing.privacy import signals
from credits.models import Account, CreditTransaction, Hold, Lot

if TYPE_CHECKING:
    from django.db.models import QuerySet

BATCH: Final = 1000
# Of the user's own row: a password is nobody's to read, and relations are rows of others.
LEFT_OUT: Final = frozenset({"password"})

PREFERENCES: Final = ("language", "time_zone", "mail_balance_low", "mail_credits_expiring")
LOT: Final = (
    *("kind", "source", "granted", "spent", "held", "expired", "clawed_back", "remaining"),
    *("starts_at", "expires_at", "created_at"),
)
OPERATION: Final = (
    *("seq", "kind", "amount", "balance_after", "operation", "description", "created_at"),
)
HOLD: Final = ("operation", "credits", "captured", "status", "expires_at", "created_at")
PURCHASE: Final = (
    *("uuid", "plan__name", "credits", "quantity", "status", "currency", "unit_amount"),
    *("amount_discount", "amount_tax", "amount_total", "created_at", "paid_at", "closed_at"),
    *("stripe_session_id", "payment__stripe_payment_intent_id", "payment__receipt_url"),
)
MONEY: Final = (
    *("payment__stripe_payment_intent_id", "unit_amount", "currency", "status", "reason"),
    *("created_at", "updated_at"),
)

Rows = Iterable[Mapping[str, Any]]


def document(user: AbstractBaseUser, *, at: datetime) -> Iterator[str]:
    """Write the document, piece by piece."""
    yield f'{{\n"written_at": {_json(at)},\n"person": {_json(_fields_of(user))}'
    for name, rows in _sections(user).items():
        yield f",\n{_json(name)}: ["
        between = "\n"
        for row in rows:
            yield f"{between}{_json(row)}"
            between = ",\n"
        yield "]"
    yield "\n}\n"


def _sections(user: AbstractBaseUser) -> dict[str, Rows]:
    accounts = Account.objects.filter(user_id=user.pk)
    by_account = {"account__user_id": user.pk}
    purchases = Purchase.objects.filter(**by_account)
    by_payment = {"payment__in": Payment.objects.filter(purchase__in=purchases)}
    return {
        "preferences": _read(Preferences.objects.filter(user_id=user.pk), *PREFERENCES),
        "request_to_be_erased": _read(
            ErasureRequest.objects.filter(user_id=user.pk), "requested_at", "due_at"
        ),
        "customers_at_stripe": _read(
            Customer.objects.filter(user_id=user.pk), "stripe_customer_id", "email", "created_at"
        ),
        "accounts": _read(accounts, "balance", "held", "created_at"),
        "lots": _read(Lot.objects.filter(**by_account), *LOT),
        "operations": _read(CreditTransaction.objects.filter(**by_account), *OPERATION),
        "holds": _read(Hold.objects.filter(**by_account), *HOLD),
        "purchases": _read(purchases, *PURCHASE),
        "refunds": _read(Refund.objects.filter(**by_payment), *MONEY),
        "disputes": _read(Dispute.objects.filter(**by_payment), *MONEY),
        "invoices": _read(
            Invoice.objects.filter(purchase__in=purchases),
            *("purchase__uuid", "number", "status", "hosted_invoice_url"),
        ),
        "buyer_details": _read(
            BuyerDetails.objects.filter(purchase__in=purchases),
            *("purchase__uuid", "name", "address", "tax_ids"),
        ),
        "cards": _read(
            SavedCard.objects.filter(customer__user_id=user.pk),
            *("brand", "last4", "exp_month", "exp_year", "created_at", "removed_at"),
        ),
        "top_up_rules": _read(
            TopUpRule.objects.filter(**by_account), "threshold", "monthly_limit", "is_on"
        ),
        "consents": _read(
            Consent.objects.filter(**by_account), "kind", "words", "ip_address", "given_at"
        ),
        "vouchers": _read(
            VoucherRedemption.objects.filter(**by_account), "lot__granted", "created_at"
        ),
        "mails": _read(
            OutgoingMail.objects.filter(**by_account), "kind", "status", "created_at", "closed_at"
        ),
        **signals.rows_of(user),
    }


def _read(rows: "QuerySet[Any]", *names: str) -> Iterator[dict[str, Any]]:
    return rows.order_by("pk").values(*names).iterator(chunk_size=BATCH)


def _fields_of(user: AbstractBaseUser) -> dict[str, Any]:
    return {
        field.name: field.value_to_string(user)
        for field in user._meta.concrete_fields  # noqa: SLF001 - public by Django's word
        if field.name not in LEFT_OUT and not field.is_relation
    }


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
