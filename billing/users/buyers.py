"""Who bought: kept with a purchase where tax was asked for, and shown on its statements."""

from collections.abc import Iterator
from datetime import datetime

from billing import money
from billing.models import BuyerDetails, Purchase
from billing.stripe_gateway.objects import Buyer
from credits.models import Account


def keep(buyer: Buyer, *, purchase: Purchase) -> None:
    """Keep what a buyer said, once. The caller has seen that the site asked for it."""
    if not buyer:
        return
    BuyerDetails.objects.bulk_create(
        [
            BuyerDetails(
                purchase=purchase,
                name=buyer.name,
                address=dict(buyer.address),
                tax_ids=[dict(one) for one in buyer.tax_ids],
            )
        ],
        ignore_conflicts=True,
    )


def latest(account: Account, *, before: datetime) -> BuyerDetails | None:
    """Find what was said last of whoever holds an account."""
    said = BuyerDetails.objects.filter(
        purchase__account=account, purchase__paid_at__lt=before
    ).order_by("-purchase__paid_at", "-pk")
    return said.first()


def lines(details: BuyerDetails) -> list[str]:
    """Write it as on an envelope, then the tax numbers."""
    return [line for line in _lines(details) if line]


def _lines(details: BuyerDetails) -> Iterator[str]:
    address = details.address
    yield details.name
    yield address.get("line1", "")
    yield address.get("line2", "")
    yield " ".join(filter(None, [address.get("postal_code"), address.get("city")]))
    yield address.get("state", "")
    yield money.country_name(address.get("country", ""))
    for tax_id in details.tax_ids:
        kind = tax_id.get("type", "").replace("_", " ").upper()
        yield f"{kind} {tax_id['value']}".strip()
