"""An account's page, where credits were bought: each operation leads to its purchase."""

import pytest

from billing import vouchers
from billing.models import Purchase, VoucherRedemption
from credits.models import Account
from tests.billing.vouchers.factories import make_code
from tests.credits.factories import make_spend
from tests.people import make_user
from tests.staff import log_in, make_colleague, page, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return log_in(make_colleague("Support"))


def latest(client, account):
    return client.get(page(Account, "change", account.pk)).context["latest"]


def test_an_operation_leads_to_the_purchase_whose_credits_it_moved(client, shop):
    purchase = shop.sell()
    make_spend(account=purchase.account, credits=10)

    rows = latest(client, purchase.account)

    link = f'<a href="{page(Purchase, "change", purchase.pk)}">{purchase.short_number}</a>'
    assert [row["source"] for row in rows] == [link, link]


def test_credits_of_a_voucher_lead_to_its_redemption(client):
    user = make_user()
    redemption = vouchers.redeem(user=user, code=make_code(name="Spring"))

    (row,) = latest(client, Account.objects.for_user(user))

    link = f'<a href="{page(VoucherRedemption, "change", redemption.pk)}">Spring</a>'
    assert row["source"] == link


def test_many_purchases_cost_no_more_queries_than_one(client, shop):
    user, plan = make_user(), shop.plan()
    purchase = shop.sell(user=user, plan=plan)
    url = page(Account, "change", purchase.account.pk)
    client.get(url)
    few = queries_of(client, url)
    for _ in range(3):
        shop.sell(user=user, plan=plan)

    assert queries_of(client, url) == few
