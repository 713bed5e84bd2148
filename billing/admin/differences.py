"""Where a session and its purchase differ, as staff read it: fields have names, sums are money."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import money
from billing.models import Purchase
from billing.settlement.session_case import Broken
from billing.stripe_gateway.objects import CheckoutSession

# By Stripe's name of the field, which `session_rules` goes by.
NAMES: Final = {
    "id": gettext_lazy("Checkout Session"),
    "mode": gettext_lazy("Kind of session"),
    "livemode": gettext_lazy("Mode"),
    "currency": gettext_lazy("Currency"),
    "payment_status": gettext_lazy("State of the payment"),
    "amount_subtotal": gettext_lazy("Price"),
    "amount_discount": gettext_lazy("Discount"),
    "amount_tax": gettext_lazy("Tax"),
    "amount_total": gettext_lazy("Amount paid"),
    "payment_intent": gettext_lazy("Payment"),
    "payment_intent.currency": gettext_lazy("Currency of the payment"),
    "customer": gettext_lazy("Customer"),
    "metadata.purchase_id": gettext_lazy("Purchase that it names"),
    "metadata.user_id": gettext_lazy("Person that it names"),
    "metadata.price_id": gettext_lazy("Price that it names"),
    "metadata.quantity": gettext_lazy("Quantity that it names"),
}
STATUSES: Final = {
    "paid": gettext_lazy("paid"),
    "unpaid": gettext_lazy("not paid"),
    "no_payment_required": gettext_lazy("nothing to pay"),
}


@dataclass(frozen=True, kw_only=True)
class Difference:
    field: str  # Stripe's name
    name: str
    promised: str
    found: str


def of(
    broken: Iterable[Broken], *, session: CheckoutSession, purchase: Purchase
) -> list[Difference]:
    """Write each rule that is broken; money in the currency of the side that it is of."""
    return [
        Difference(
            field=each.name,
            name=str(NAMES.get(each.name, each.name)),
            promised=_written(each.name, each.promised, currency=purchase.currency),
            found=_written(each.name, each.found, currency=session.currency),
        )
        for each in broken
    ]


def _written(field: str, value: object, *, currency: str) -> str:
    if value is None or value == "":
        return "-"
    if field.startswith("amount_") and isinstance(value, int):
        return money.format_money(value, currency)
    if field == "livemode":
        return _("live mode") if value else _("test mode")
    if field.endswith("currency"):
        return str(value).upper()
    if field == "payment_status":
        return str(STATUSES.get(str(value), value))
    return str(value)
