"""One month of an account, to read, print and keep."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from billing.views import monthly_statement
from billing.views.pages import account_of, private_page


@private_page
def statement(request: HttpRequest, month: date) -> HttpResponse:
    account = account_of(request)
    now = timezone.now()
    this_month = now.date().replace(day=1)
    if account is None or month > this_month:
        raise Http404
    made = monthly_statement.statement(account, month=month, at=now)
    if month < made.first:
        raise Http404
    return render(
        request,
        "billing/statement.html",
        {
            "statement": made,
            "purchases": [(row, monthly_statement.price_paid(row)) for row in made.purchases],
            "previous": monthly_statement.first_of_previous(month) if month > made.first else None,
            "next": monthly_statement.first_of_next(month) if month < this_month else None,
            "is_running": month == this_month,
        },
    )
