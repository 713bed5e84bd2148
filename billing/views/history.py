"""An account's operations as a page and as a file."""

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone

from billing.views import paging
from billing.views import transactions as histories
from billing.views.pages import account_of, private_page
from billing.views.transactions import GROUPS, Group, group_named
from credits import spreadsheets

LARGEST_SEQ = 2**63 - 1


@private_page
def history(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    group = _chosen_group(request)
    before = _before(request)
    page: paging.Page = (  # type: ignore[type-arg]
        histories.page(account, group=group, before=before)
        if account
        else paging.Page(rows=[], older="", is_first=True)
    )
    return render(
        request,
        "billing/history.html",
        {
            "page": page,
            "groups": GROUPS,
            "chosen": group,
            "today": timezone.now().date(),
            "has_any": bool(account and account.last_seq),
        },
    )


@private_page
def history_csv(request: HttpRequest) -> StreamingHttpResponse:
    account = account_of(request)
    group = _chosen_group(request)
    lines = histories.export(account, group=group) if account else iter([histories.HEADINGS])
    return StreamingHttpResponse(
        spreadsheets.written(lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="credits.csv"'},
    )


def _chosen_group(request: HttpRequest) -> Group | None:
    slug = request.GET.get("show", "")
    group = group_named(slug)
    if slug and group is None:
        raise Http404
    return group


def _before(request: HttpRequest) -> int | None:
    before = request.GET.get("before", "")
    if not before:
        return None
    if not (before.isascii() and before.isdigit() and int(before[:20]) <= LARGEST_SEQ):
        raise Http404
    return int(before)
