from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from billing import checkout, users
from billing.models import CreditPlan, PlanPrice

pytestmark = pytest.mark.django_db


def seed():
    out, err = StringIO(), StringIO()
    call_command("seed_demo", stdout=out, stderr=err)
    return out.getvalue() + err.getvalue()


@pytest.fixture(autouse=True)
def _development(settings):
    settings.DEBUG = True


class TestSeedDemo:
    def test_puts_plans_on_sale_and_says_who_may_log_in(self, shop):
        told = seed()

        featured = [price for price in checkout.plans_on_sale() if price.plan.is_featured]
        assert len(checkout.plans_on_sale()) == 3
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
        assert (User.objects.count(), PlanPrice.objects.count()) == (2, 3)

    def test_without_stripe_leaves_saved_prices_and_says_so(self, shop):
        shop.stripe.switch(api_down=True)

        told = seed()

        assert "saved but not on sale" in told
        assert PlanPrice.objects.filter(stripe_price_id=None).count() == 3
        shop.stripe.switch(api_down=False)
        assert "3 demo plans are on sale" in seed()

    def test_is_refused_outside_development(self, settings):
        settings.DEBUG = False

        with pytest.raises(CommandError, match="never for production"):
            seed()

        assert not User.objects.exists()
