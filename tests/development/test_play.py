"""Every scenario ends as it says, and none is played where money is real."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from billing import catalog
from billing.models import Purchase
from billing.money import format_change
from development import scenarios

pytestmark = pytest.mark.django_db


@pytest.fixture
def laptop(shop, settings):
    settings.DEBUG = True
    settings.BILLING_TOP_UPS = True
    settings.BILLING_FRAUD_HOLD = True
    plan = shop.plan(unit_amount=999, credits=100, quantity_maximum=3)
    catalog.set_price(plan=plan, currency="eur", unit_amount=900)
    shop.plan_by_amount(sort_order=1)
    return shop


def play(*names):
    said = StringIO()
    call_command("play", *names, stdout=said)
    return said.getvalue()


def listed(lines):
    return zip(lines, scenarios.SCENARIOS.values(), strict=True)


class TestPlay:
    @pytest.mark.parametrize("name", sorted(set(scenarios.SCENARIOS) - {"crash-in-the-middle"}))
    def test_ends_as_it_should(self, laptop, name):
        assert "As it should be:" in play(name)

    @pytest.mark.django_db(transaction=True)  # the crash has a connection of its own
    def test_of_a_crash_ends_as_it_should(self, laptop):
        said = play("crash-in-the-middle")

        assert "cut off before the commit" in said
        assert "As it should be: 100 credits" in said

    def test_shows_each_event_and_what_it_did(self, laptop):
        said = play("three-partial-refunds")

        lines = [line.split() for line in said.splitlines() if "refund.created" in line]
        assert [line[-4:] for line in lines] == [
            ["back", format_change(-33), "balance", "67"],
            ["back", format_change(-33), "balance", "34"],
            ["back", format_change(-34), "balance", "0"],
        ]

    def test_leaves_delivery_as_it_was(self, laptop):
        play("duplicate")

        assert laptop.stripe.switch()["delivery_off"] is False

    def test_plays_several_each_with_a_buyer_of_its_own(self, laptop):
        play("duplicate", "dispute-won")

        assert Purchase.objects.values("account").distinct().count() == 2

    def test_tells_when_it_ends_otherwise(self, laptop, monkeypatch):
        def hopeful(runner):
            """Expect credits without paying."""
            runner.buy()
            runner.expect(credits=100)

        monkeypatch.setattr(scenarios, "SCENARIOS", {"hopeful": hopeful})

        with pytest.raises(CommandError, match=r"ended with 0 credits, the purchase open"):
            play("hopeful")


class TestCommand:
    def test_lists_the_scenarios(self):
        assert "dispute-won" in play("--list")

    def test_lists_them_in_two_columns(self):
        lines = play("--list").splitlines()

        assert len({line.rindex(scenario.__doc__) for line, scenario in listed(lines)}) == 1

    def test_refuses_an_unknown_name(self, laptop):
        with pytest.raises(CommandError, match="There is no nonsense"):
            play("nonsense")

    def test_refuses_production(self, laptop, settings):
        settings.DEBUG = False

        with pytest.raises(CommandError, match="need DEBUG on"):
            play("duplicate")

    def test_refuses_a_live_key(self, laptop, settings):
        settings.STRIPE_SECRET_KEY = "sk_live_" + "0" * 24

        with pytest.raises(CommandError, match="real money"):
            play("duplicate")

    def test_refuses_stripe_itself(self, laptop, settings):
        settings.STRIPE_API_BASE = ""

        with pytest.raises(CommandError, match="need the sandbox"):
            play("duplicate")

    def test_says_that_no_sandbox_runs(self, laptop, settings):
        settings.STRIPE_API_BASE = "http://127.0.0.1:9"

        with pytest.raises(CommandError, match="No sandbox answers"):
            play("duplicate")

    def test_says_that_nothing_is_on_sale(self, shop, settings):
        settings.DEBUG = True

        with pytest.raises(CommandError, match="seed_demo"):
            play("duplicate")
