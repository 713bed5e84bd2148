"""What a person's credits were used for, by operation and day."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from billing.views import forecasts
from billing.views.pages import account_of, private_page
from credits import usage as usages
from credits import usage_charts

DAYS = (7, 30, 90)
SHOWN = 30


@private_page
def usage(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    days = _chosen_days(request)
    found = usages.usage(account=account, days=days, by_description=True) if account else None
    return render(
        request,
        "billing/usage.html",
        {
            "days": days,
            "choices": DAYS,
            "usage": found,
            "other": usage_charts.other(found) if found else "",
            "chart": usage_charts.draw(found) if found else None,
            "forecast": forecasts.of(account) if account else None,
            "has_any": bool(account and account.last_seq),
        },
    )


def _chosen_days(request: HttpRequest) -> int:
    chosen = request.GET.get("days", str(SHOWN))
    if chosen not in map(str, DAYS):
        raise Http404
    return int(chosen)
