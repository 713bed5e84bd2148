"""An account's operations as a page and as a file."""

from datetime import UTC, date, datetime

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone

from billing.views import paging, reasons, vocabulary
from billing.views import transactions as histories
from billing.views.pages import account_of, private_page
from billing.views.transactions import Narrowing
from credits import spreadsheets

LARGEST_SEQ = 2**63 - 1
LONGEST_TEXT = 255


@private_page
def history(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    narrowing = _narrowing(request)
    before = _before(request)
    page: paging.Page = (  # type: ignore[type-arg]
        histories.page(account, narrowing=narrowing, before=before)
        if account
        else paging.Page(rows=[], older="", is_first=True)
    )
    found = reasons.of(page.rows)
    today = timezone.now().date()
    return render(
        request,
        "billing/history.html",
        {
            "page": page,
            "operations": [(row, found.get(row.pk, ())) for row in page.rows],
            "terms": vocabulary.TERMS,
            "narrowing": narrowing,
            "months": histories.months(account, until=today) if account else [],
            "today": today,
            "has_any": bool(account and account.last_seq),
        },
    )


@private_page
def history_csv(request: HttpRequest) -> StreamingHttpResponse:
    account = account_of(request)
    narrowing = _narrowing(request)
    lines = (
        histories.export(account, narrowing=narrowing) if account else iter([histories.HEADINGS])
    )
    return StreamingHttpResponse(
        spreadsheets.written(lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="credits.csv"'},
    )


def _narrowing(request: HttpRequest) -> Narrowing:
    """
    Read what the person wants to see.

    :raises Http404: if no page of ours asks for it
    """
    slug = request.GET.get("show", "")
    term = vocabulary.named(slug)
    if slug and term is None:
        raise Http404
    text = request.GET.get("q", "").strip()[:LONGEST_TEXT].replace("\0", "")
    return Narrowing(term=term, month=_month(request), text=text)


def _month(request: HttpRequest) -> date | None:
    asked = request.GET.get("month", "")
    if not asked:
        return None
    try:
        month = datetime.strptime(asked, "%Y-%m").replace(tzinfo=UTC).date()
        histories.first_of_next(month)
    except ValueError:
        raise Http404 from None
    return month


def _before(request: HttpRequest) -> int | None:
    before = request.GET.get("before", "")
    if not before:
        return None
    if not (before.isascii() and before.isdigit() and int(before[:20]) <= LARGEST_SEQ):
        raise Http404
    return int(before)
