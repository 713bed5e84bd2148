"""One month of an account, to read, print and keep."""

from datetime import date

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from billing import conf, short_numbers, users
from billing.models import StatementSeries
from billing.users import buyers
from billing.views import monthly_statement, transactions
from billing.views.pages import account_of, person, private_page
from credits.models import Account


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
    code = StatementSeries.objects.of(account).code
    return render(
        request,
        "billing/statement.html",
        {
            "statement": made,
            "purchases": [(row, monthly_statement.price_paid(row)) for row in made.purchases],
            "previous": transactions.first_of_previous(month) if month > made.first else None,
            "next": transactions.first_of_next(month) if month < this_month else None,
            "is_running": month == this_month,
            # Told on the phone, it leads to the account and the month.
            "number": short_numbers.write_statement(month, code),
            "made_at": now,
            "seller": conf.seller(),
            "buyer": _buyer(person(request), account, month=month),
        },
    )


def _buyer(user: AbstractBaseUser, account: Account, *, month: date) -> list[str]:
    """
    Name whose statement it is, in lines.

    What Stripe asked for tax, as it was said last before the month ended; without it a name where
    the project keeps one. Then the e-mail address.
    """
    end = transactions.instant(transactions.first_of_next(month))
    said = buyers.latest(account, before=end)
    name = getattr(user, "get_full_name", str)().strip()
    named = buyers.lines(said) if said else []
    if said is None or not said.name:
        named.insert(0, name)
    return [line for line in (*named, users.address(user)) if line]
