"""Tax and invoices: what a payment page is asked to do about them, and what the account has."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from billing.stripe_gateway.calling import API_VERSION, get

# From this version on a session says whether Managed Payments are on; newer accounts have them on
# unless it says no. https://docs.stripe.com/changelog/dahlia/2026-04-22/managed-payments
MANAGED_SINCE: Final = "2026-04-22"
knows_managed_payments: Final = MANAGED_SINCE <= API_VERSION


@dataclass(frozen=True, kw_only=True)
class TaxOptions:
    """What Stripe's page is to see to besides the payment."""

    automatic_tax: bool = False
    tax_id_collection: bool = False
    billing_address_collection: str = "auto"
    invoice_creation: bool = False
    managed_payments: bool = False

    def params(self, *, metadata: dict[str, str]) -> dict[str, Any]:
        """
        Say so to Stripe.

        Tax and tax ids want to save the address and the name on a customer that is named:
        https://docs.stripe.com/tax/checkout#existing-customers and
        https://docs.stripe.com/tax/checkout/tax-ids#existing-customers. With Managed Payments
        Stripe sees to all of it, and refuses to be told:
        https://docs.stripe.com/payments/managed-payments/update-checkout
        """
        params: dict[str, Any] = {}
        if knows_managed_payments:
            params["managed_payments"] = {"enabled": self.managed_payments}
        if self.billing_address_collection != "auto":
            params["billing_address_collection"] = self.billing_address_collection
        if self.managed_payments:
            return params
        if self.automatic_tax:
            params["automatic_tax"] = {"enabled": True}
        if self.tax_id_collection:
            params["tax_id_collection"] = {"enabled": True}
        if self.automatic_tax or self.tax_id_collection:
            params["customer_update"] = {"address": "auto", "name": "auto"}
        if self.invoice_creation:
            params["invoice_creation"] = {"enabled": True, "invoice_data": {"metadata": metadata}}
        return params


@dataclass(frozen=True, kw_only=True)
class TaxSettings:
    """Where the account is at home, as far as tax goes: https://docs.stripe.com/api/tax/settings."""

    is_active: bool
    missing: tuple[str, ...]
    # `inferred_by_currency`, `exclusive`, `inclusive`, or empty: prices have to say.
    tax_behavior: str
    tax_code: str


def tax_settings() -> TaxSettings:
    """
    Read the account's tax settings.

    :raises GatewayError: if Stripe did not tell
    """
    data = get("/v1/tax/settings").data
    pending = (data.get("status_details") or {}).get("pending") or {}
    defaults = data.get("defaults") or {}
    return TaxSettings(
        is_active=data.get("status") == "active",
        missing=tuple(pending.get("missing_fields") or ()),
        tax_behavior=defaults.get("tax_behavior") or "",
        tax_code=defaults.get("tax_code") or "",
    )


def tax_registrations() -> Iterator[str]:
    """
    List the countries in which the account is registered to collect tax now.

    https://docs.stripe.com/api/tax/registrations/list

    :raises GatewayError: if Stripe did not tell
    """
    cursor: dict[str, str] = {}
    while True:
        page = get("/v1/tax/registrations", status="active", limit=100, **cursor).data
        for registration in page["data"]:
            yield str(registration["country"])
        if not page["has_more"]:
            return
        cursor = {"starting_after": page["data"][-1]["id"]}
