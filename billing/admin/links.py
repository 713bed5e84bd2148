"""Links to purchases, which go by the beginning of their number."""

from django.utils.safestring import SafeString

from billing.models import Purchase
from credits.admin.links import object_link


def short_number(purchase: Purchase) -> str:
    """Shorten a purchase's number to what tells it from the others of a page."""
    return str(purchase.uuid)[:8]


def purchase_link(purchase: Purchase | None) -> SafeString | str:
    """Lead to the page of a purchase; a dash where there is none."""
    return object_link(purchase, purchase and short_number(purchase))
