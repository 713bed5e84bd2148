"""An Invoice, https://docs.stripe.com/api/invoices/object."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from billing.stripe_gateway.objects.fields import (
    read_amount,
    read_bool,
    read_id,
    read_metadata,
    read_optional_id,
    read_text,
)

WEB = ("https://", "http://")


@dataclass(frozen=True, kw_only=True)
class InvoiceObject:
    id: str
    livemode: bool
    status: str
    number: str
    hosted_invoice_url: str
    invoice_pdf: str
    customer_id: str | None
    currency: str
    total: int
    # What our metadata says, which the session handed to its invoice.
    purchase_uuid: str | None = None

    @property
    def purchase_key(self) -> UUID | None:
        """The purchase that its metadata names, where that is a number of ours at all."""
        try:
            return UUID(self.purchase_uuid or "")
        except ValueError:
            return None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "InvoiceObject":
        return cls(
            id=read_id(data, "id"),
            livemode=read_bool(data, "livemode"),
            status=read_text(data, "status", default=""),
            number=read_text(data, "number", default="")[:255],
            hosted_invoice_url=_address(data, "hosted_invoice_url"),
            invoice_pdf=_address(data, "invoice_pdf"),
            customer_id=read_optional_id(data, "customer"),
            currency=read_text(data, "currency", default=""),
            total=read_amount(data, "total", default=0),
            purchase_uuid=read_metadata(data).get("purchase_id"),
        )


def _address(data: Mapping[str, Any], field: str) -> str:
    """Take an address that a browser may go to, and nothing else."""
    address = read_text(data, field, default="")
    return address if address.startswith(WEB) else ""
