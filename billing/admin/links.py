"""Links to purchases, which go by their short numbers, and the search for these."""

from django.db.models import Q
from django.utils.safestring import SafeString

from billing import short_numbers
from billing.models import Purchase
from credits.admin.links import object_link
from credits.admin.searching import Finder


class ByShortNumber(Finder):
    """A purchase's short number, as people type it; `lookups` lead to a purchase."""

    def __init__(self, *lookups: str) -> None:
        super().__init__("", lookups)

    def find(self, term: str) -> Q | None:
        """Match by the range of UUIDs that it means; eight plain digits are a row's number, too."""
        means = short_numbers.read(term)
        if means is None:
            return None
        found = Q(pk=int(term)) if term.isascii() and term.isdigit() else Q()
        for lookup in self.lookups:
            found |= Q(**{f"{lookup}__range": means})
        return found


def purchase_link(purchase: Purchase | None) -> SafeString | str:
    """Lead to the page of a purchase; a dash where there is none."""
    return object_link(purchase, purchase and purchase.short_number)
