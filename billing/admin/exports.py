"""What is in the files of billing's lists: money in the major unit, ours and Stripe's ids whole."""

from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery, Sum

from billing import money, short_numbers, wording
from billing.models import Dispute, Refund
from billing.models.display_states import DisplayState
from credits.admin.exporting import Column, account, coded, same


def amount(heading: str, unit_amount: str, currency: str = "currency") -> Column:
    return Column(heading, (unit_amount, currency), _money)


def purchases() -> list[Column]:
    ordered = Column("price", ("unit_amount", "quantity", "currency"), _price)
    net = Column("net", ("amount_total", "amount_tax", "currency"), _net)
    return [
        *same("id"),
        *_purchase(""),
        *account("account"),
        Column("plan", ("plan__slug",)),
        *same("quantity", "credits", "currency"),
        ordered,
        amount("discount", "amount_discount"),
        net,
        amount("tax", "amount_tax"),
        amount("paid", "amount_total"),
        _went_back("refunded", Refund.objects.not_failed(), "unit_amount"),
        _went_back("disputed", Dispute.objects.all(), "withdrawn"),
        # What its buyer reads. What the row keeps is of its session alone, and for programs: in
        # words it would contradict.
        Column("state", ("display_state",), say=lambda value: DisplayState(value).label),
        Column("status", ("status",), str),
        coded("problem", wording.say),
        *same("is_topup", "livemode", "stripe_session_id"),
        *_payment("payment__"),
        Column("lot", ("lot_id",)),
        Column("invoice", ("invoice__number",)),
        *same("created_at", "opened_at", "paid_at", "closed_at"),
    ]


def payments() -> list[Column]:
    return [
        *same("id"),
        *_payment(""),
        *_purchase("purchase__"),
        *account("purchase__account"),
        *same("currency"),
        amount("received", "amount_received"),
        amount("refunded", "max_amount_refunded"),
        *same("fraud_warned_at", "fraud_looked_at", "fraud_note", "livemode", "created_at"),
    ]


def refunds() -> list[Column]:
    return [
        *same("id", "uuid", "stripe_refund_id"),
        *_of_payment(),
        *same("currency"),
        amount("amount", "unit_amount"),
        *same("status", "reason"),
        coded("failure_reason", wording.say),
        Column("requested_by", ("requested_by_id",)),
        *same("created_at", "updated_at"),
    ]


def disputes() -> list[Column]:
    return [
        *same("id", "stripe_dispute_id"),
        *_of_payment(),
        *same("currency"),
        amount("amount", "unit_amount"),
        amount("withdrawn", "withdrawn"),
        coded("status", lambda value: Dispute.Status.read(value).label),
        coded("reason", lambda value: Dispute(reason=value).reason_in_words),
        *same("due_by", "created_at", "updated_at"),
    ]


def topup_rules() -> list[Column]:
    currency = "plan_price__currency"
    return [
        *same("id"),
        *account("account"),
        *same("is_on", "off_reason"),
        coded("off_note", wording.say),
        *same("threshold"),
        Column("plan", ("plan_price__plan__slug",)),
        Column("currency", (currency,)),
        amount("price", "plan_price__unit_amount", currency),
        amount("monthly_limit", "monthly_limit", currency),
        *same("livemode", "switched_on_at", "switched_off_at"),
    ]


def topups() -> list[Column]:
    currency = "purchase__currency"
    return [
        *same("id"),
        *_purchase("purchase__"),
        *account("account"),
        Column("currency", (currency,)),
        amount("price", "purchase__unit_amount", currency),
        *same("status", "attempts", "decline_code", "stripe_payment_intent_id"),
        *same("month", "created_at", "closed_at"),
    ]


def vouchers() -> list[Column]:
    """Give how codes begin; a code itself stands nowhere."""
    return [
        *same("id", "number", "prefix"),
        Column("batch", ("batch_id",)),
        Column("name", ("batch__name",)),
        Column("credits", ("batch__credits",)),
        *same("redeemed", "uses", "is_active"),
    ]


def redemptions() -> list[Column]:
    return [
        *same("id"),
        *account("account"),
        Column("batch", ("batch_id",)),
        Column("name", ("batch__name",)),
        Column("voucher", ("voucher_id",)),
        Column("lot", ("lot_id",)),
        Column("credits", ("lot__granted",)),
        *same("created_at"),
    ]


def shortfalls() -> list[Column]:
    return [
        Column("lot", ("id",)),
        *account("account"),
        *_purchase("purchase__"),
        *same("granted", "spent", "held", "clawback_target"),
        Column("owed", ("credits_owed",)),
        *same("created_at"),
    ]


def _purchase(lookup: str) -> list[Column]:
    uuid = f"{lookup}uuid"
    return [Column("purchase", (uuid,)), Column("number", (uuid,), _number)]


def _payment(lookup: str) -> list[Column]:
    return [
        Column("stripe_payment_intent_id", (f"{lookup}stripe_payment_intent_id",)),
        Column("stripe_charge_id", (f"{lookup}stripe_charge_id",)),
    ]


def _of_payment() -> list[Column]:
    return [
        *_payment("payment__"),
        *_purchase("payment__purchase__"),
        *account("payment__purchase__account"),
    ]


def _went_back(heading: str, rows: QuerySet[Any], field: str) -> Column:
    """Sum up what went back of a purchase's payment, by the index of its payment."""
    of_payment = rows.filter(payment=OuterRef("payment")).order_by().values("payment")
    name = f"csv_{heading}"
    total = Subquery(of_payment.annotate(total=Sum(field)).values("total"))
    return Column(heading, (name, "currency"), _money, {name: total})


def _number(uuid: UUID | None) -> str:
    return short_numbers.write(uuid) if uuid else ""


def _money(unit_amount: int | None, currency: str | None) -> str:
    if unit_amount is None or not currency:
        return ""
    return f"{money.to_decimal(int(unit_amount), currency):f}"


def _price(unit_amount: int, quantity: int, currency: str) -> str:
    return _money(unit_amount * quantity, currency)


def _net(amount_total: int | None, amount_tax: int | None, currency: str) -> str:
    if amount_total is None or amount_tax is None:
        return ""
    return _money(amount_total - amount_tax, currency)
