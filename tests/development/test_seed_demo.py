import re
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from billing import checkout, users, vouchers
from billing.models import CreditPlan, PlanPrice
from tests.stripe_sandbox.buying import make_client

pytestmark = pytest.mark.django_db


def seed():
    out, err = StringIO(), StringIO()
    try:
        call_command("seed_demo", stdout=out, stderr=err)
    except CommandError as error:
        err.write(f"Ends with {error.returncode}: {error}")
    return out.getvalue() + err.getvalue()


@pytest.fixture(autouse=True)
def _development(settings):
    settings.DEBUG = True


class TestSeedDemo:
    def test_puts_plans_on_sale_and_says_who_may_log_in(self, shop):
        told = seed()

        featured = [price for price in checkout.plans_on_sale() if price.plan.is_featured]
        assert len(checkout.plans_on_sale()) == len(checkout.plans_on_sale(currency="eur")) == 4
        assert [price.is_by_amount for price in checkout.plans_on_sale()] == [False] * 3 + [True]
        assert featured[0].plan.bonus_credits
        for words in ("demo@example.com", "demo-password", "admin@example.com", "admin-password"):
            assert words in told

    def test_makes_people_who_may_buy_at_once(self, client, shop):
        seed()

        for user in User.objects.all():
            users.require_verified_email(user)
        assert client.login(username="admin@example.com", password="admin-password")
        assert User.objects.get(username="admin@example.com").is_superuser

    def test_again_changes_nothing(self, shop):
        seed()
        User.objects.get(username="demo@example.com").set_password("mine")
        CreditPlan.objects.filter(slug="starter").update(name="Edited")

        seed()

        assert CreditPlan.objects.get(slug="starter").name == "Edited"
        assert (User.objects.count(), PlanPrice.objects.count()) == (2, 8)

    def test_makes_a_voucher_and_says_its_code_once(self, shop):
        told, again = seed(), seed()

        [code] = re.findall(r"this once: (\S+)", told)
        assert vouchers.redeem(user=User.objects.get(username="demo@example.com"), code=code)
        assert "voucher" not in again

    def test_without_stripe_leaves_saved_prices_and_says_so(self, shop):
        shop.stripe.switch(api_down=True)

        told = seed()

        assert "Ends with 2: 8 of 8 demo prices are saved but not on sale" in told
        assert "plans are on sale" not in told
        assert "demo-password" in told
        assert PlanPrice.objects.filter(published_at=None).count() == 8
        shop.stripe.switch(api_down=False)
        assert "4 demo plans are on sale" in seed()

    def test_calls_nothing_on_sale_that_stripe_does_not_know(self, shop):
        seed()
        shop.stripe.reset()

        told = seed()

        assert "plans are on sale" not in told
        assert "8 of 8 demo prices are saved but not on sale at Stripe: No such price" in told

    @pytest.mark.parametrize(("kind", "count"), [("price", 1), ("product", 2)])
    def test_calls_nothing_on_sale_that_is_archived_at_stripe(self, shop, kind, count):
        seed()
        first = PlanPrice.objects.order_by("pk")[0]
        stripe_id = getattr(first, f"stripe_{kind}_id")
        getattr(make_client(shop.stripe).v1, f"{kind}s").update(stripe_id, {"active": False})

        told = seed()

        assert "plans are on sale" not in told
        assert (
            f"{count} of 8 demo prices are saved but not on sale at Stripe: {stripe_id} is arch"
            in told
        )

    def test_calls_nothing_on_sale_while_stripe_is_away(self, shop):
        seed()
        shop.stripe.switch(api_down=True)

        assert "plans are on sale" not in seed()

    def test_is_refused_outside_development(self, settings):
        settings.DEBUG = False

        assert "never for production" in seed()

        assert not User.objects.exists()
