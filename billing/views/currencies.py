"""
In which currency a page shows prices.

The choice stands in the address, `?currency=eur`, and nowhere else: a page that anybody may see
sets no cookie. Without it, a person's last purchase decides, then the country of their language,
where plans are sold in its currency, and then the site.
"""

from collections.abc import Collection, Sequence

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation.trans_real import parse_accept_lang_header

from billing import conf, money
from billing.models import PlanPrice
from credits.models import Account


def sold_in(prices: Sequence[PlanPrice]) -> list[str]:
    """List the currencies of these prices, the site's own first."""
    return sorted(
        {price.currency for price in prices}, key=lambda one: (one != conf.currency(), one)
    )


def asked_for(request: HttpRequest) -> str:
    return request.GET.get("currency", "").strip().lower()


def choose(
    request: HttpRequest, currencies: Collection[str], *, account: Account | None = None
) -> str:
    """
    Choose one of the currencies that something is sold in.

    :param account: of the person who looks, where that may matter
    """
    last = _of_last_purchase(account) if account and len(currencies) > 1 else None
    wanted = (asked_for(request), last, _of_country(request), conf.currency())
    sold = [one for one in wanted if one and one in currencies]
    return next(iter([*sold, *sorted(currencies)]), conf.currency())


def _of_last_purchase(account: Account) -> str | None:
    bought = account.purchases.order_by("-id")
    return bought.values_list("currency", flat=True).first()


def _of_country(request: HttpRequest) -> str | None:
    """Find the currency of the country whose language the page is in, as the browser spells it."""
    language = get_language() or conf.language_code()
    spelled = [
        code
        for code, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", ""))
        if code.partition("-")[0] == language.partition("-")[0]
    ]
    return money.currency_of(spelled[0] if spelled else language)
