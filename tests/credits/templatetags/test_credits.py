from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory

from credits.errors import UnknownOperation
from credits.models import Account
from tests.credits.factories import make_lot, make_operation
from tests.people import make_user

pytestmark = pytest.mark.django_db


def shown(text, user=None):
    request = RequestFactory().get("/")
    request.user = user or AnonymousUser()
    return Template(f"{{% load credits %}}{text}").render(Context({"request": request}))


class TestCreditsBalance:
    def test_is_what_the_person_can_spend(self):
        account = Account.objects.for_user(make_user())
        make_lot(account=account, credits=12)

        assert shown("{% credits_balance %}", account.user) == "12"

    def test_can_be_kept_and_compared(self):
        account = Account.objects.for_user(make_user())
        make_lot(account=account, credits=12)
        text = "{% credits_balance as left %}{% if left < 20 %}low{% endif %}"

        assert shown(text, account.user) == "low"

    def test_is_nothing_for_somebody_new_and_opens_no_account(self):
        assert shown("{% credits_balance %}", make_user()) == "0"
        assert not Account.objects.exists()

    def test_is_nothing_for_somebody_who_is_not_signed_in(self):
        assert shown("{% credits_balance %}") == "0"

    def test_is_nothing_where_there_is_no_request(self):
        assert Template("{% load credits %}{% credits_balance %}").render(Context()) == "0"


class TestCreditsCost:
    def test_is_that_of_the_price_list(self):
        make_operation(slug="transcribe", base=2, per_unit=Decimal("0.5"), unit="minute")

        assert shown('{% credits_cost "transcribe" units=3 %}') == "4"

    def test_of_what_the_list_does_not_have_is_a_mistake(self):
        with pytest.raises(UnknownOperation):
            shown('{% credits_cost "transcibe" %}')
