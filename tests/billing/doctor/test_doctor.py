"""What the doctor says of a site that is well, and of each thing that can be wrong with it."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from billing import doctor, refunds, stripe_gateway
from billing.models import PlanPrice, Refund, StripeEvent, Voucher
from billing.webhooks.handlers import HANDLERS
from tests.billing.vouchers.factories import make_batch
from tests.people import make_staff
from tests.stripe_sandbox.buying import make_client

pytestmark = pytest.mark.django_db

URL = "http://testserver/webhooks/stripe/"


def messages(level):
    return " ".join(found.message for found in doctor.examine() if found.level is level)


def wrongs():
    return messages(doctor.Level.WRONG)


def watched():
    return messages(doctor.Level.WATCH)


def wells():
    return messages(doctor.Level.WELL)


@pytest.fixture
def endpoints(shop):
    """Stripe's webhook endpoints, as Stripe's own client reaches them."""
    return make_client(shop.stripe).v1.webhook_endpoints


class TestEndpoint:
    def test_is_missed(self, shop):
        assert f"No endpoint at Stripe delivers to {URL}" in wrongs()

    def test_of_another_address_is_not_ours(self, shop, endpoints):
        endpoints.create({"url": "https://elsewhere.example/", "enabled_events": ["*"]})

        assert "No endpoint" in wrongs()

    def test_on_a_laptop_is_the_cli(self, shop, settings):
        settings.SITE_URL = "http://127.0.0.1:8000"

        (found,) = (one for one in doctor.examine() if "No endpoint" in one.message)

        assert found.level is doctor.Level.WATCH
        assert "stripe listen --all-snapshot --forward-to http://127.0.0.1:8000" in found.fix

    def test_is_made(self, shop, endpoints):
        fixed = doctor.fix_endpoint()

        (made,) = endpoints.list().data
        assert fixed.secret.startswith("whsec_")
        assert (made.url, made.status) == (URL, "enabled")
        assert set(made.enabled_events) == set(HANDLERS)
        assert made.api_version == stripe_gateway.API_VERSION
        assert f"delivers all {len(HANDLERS)} types" in wells()

    def test_that_lacks_types_is_completed_and_keeps_its_others(self, shop, endpoints):
        endpoints.create({"url": URL, "enabled_events": ["refund.created", "payout.paid"]})
        before = wrongs()

        fixed = doctor.fix_endpoint()

        (updated,) = endpoints.list().data
        assert "does not send charge.dispute.closed" in before
        assert fixed.secret == ""
        assert set(updated.enabled_events) == {*HANDLERS, "payout.paid"}

    @pytest.mark.parametrize(
        "setting", [{"BILLING_FRAUD_HOLD": True}, {"BILLING_FRAUD_REFUND_BELOW": {"usd": 2000}}]
    )
    def test_without_warnings_of_fraud_says_that_a_setting_wants_them(
        self, shop, endpoints, settings, setting
    ):
        sent = sorted(set(HANDLERS) - {"radar.early_fraud_warning.created"})
        endpoints.create({"url": URL, "enabled_events": sent})
        without = wrongs()

        for name, value in setting.items():
            setattr(settings, name, value)

        assert "does not send radar.early_fraud_warning.created." in without
        assert "BILLING_FRAUD" not in without
        assert "without radar.early_fraud_warning.created no warning is ever heard of" in wrongs()
        doctor.fix_endpoint()
        assert "radar" not in wrongs()

    def test_that_is_switched_off_is_switched_on(self, shop, endpoints):
        doctor.fix_endpoint()
        (made,) = endpoints.list().data
        endpoints.update(made.id, {"disabled": True})
        before = wrongs()

        doctor.fix_endpoint()

        assert "is disabled" in before
        assert endpoints.list().data[0].status == "enabled"

    def test_that_is_right_is_left_alone(self, shop):
        doctor.fix_endpoint()

        assert "needed nothing" in doctor.fix_endpoint().message

    def test_that_is_there_twice_is_told(self, shop, endpoints):
        for _ in range(2):
            endpoints.create({"url": URL, "enabled_events": ["*"]})

        assert "2 endpoints deliver to" in watched()

    def test_of_another_version_is_told(self, shop, endpoints):
        endpoints.create({"url": URL, "enabled_events": ["*"], "api_version": "2025-06-30.basil"})

        assert "speaks 2025-06-30.basil, this code" in watched()

    def test_that_does_not_get_its_events_is_told(self, shop, endpoints):
        endpoints.create({"url": URL, "enabled_events": ["*"]})
        purchase = shop.open()
        shop.pay(purchase)

        assert "could not deliver" in wrongs()
        assert "checkout.session.completed" in wrongs()


class TestStripe:
    def test_that_does_not_answer_is_told(self, shop):
        shop.stripe.switch(api_down=True)

        assert "Stripe does not answer" in wrongs()

    def test_without_a_key_is_not_asked(self, shop, settings):
        settings.STRIPE_SECRET_KEY = ""

        assert "no STRIPE_SECRET_KEY" in wrongs()
        assert shop.stripe.traffic == []


class TestClock:
    def test_that_is_right_is_well(self, shop):
        assert "This machine's clock is right." in wells()

    @pytest.mark.parametrize(("ahead", "direction"), [(3600, "behind"), (-3600, "ahead of")])
    def test_that_is_not_stripes_is_told_with_the_difference(self, shop, ahead, direction):
        shop.stripe.switch(clock_ahead=ahead)

        said = re.search(r"clock is (\d+) seconds ([a-z ]+) Stripe's", wrongs())

        assert said
        assert abs(int(said[1]) - 3600) < 60
        assert said[2] == direction

    @pytest.mark.parametrize("ahead", [3, -3])
    def test_that_is_some_seconds_off_is_well(self, shop, ahead):
        shop.stripe.switch(clock_ahead=ahead)

        assert "clock" not in wrongs()

    @pytest.mark.parametrize(
        ("hours", "said"), [(1, "3600 seconds ahead of"), (-1, "3600 seconds behind")]
    )
    def test_that_is_not_the_databases_is_told(self, shop, hours, said):
        with time_machine.travel(timezone.now() + timedelta(hours=hours)):
            assert f"This machine's clock is {said} the database's." in wrongs()


class TestPrices:
    def test_as_they_are_at_stripe_are_well(self, shop):
        shop.plan()

        assert "1 prices are at Stripe as they are here." in wells()

    @pytest.mark.parametrize("kind", ["prices", "products"])
    def test_archived_there_are_told(self, shop, kind):
        price = PlanPrice.objects.get(plan=shop.plan())
        stripe_id = price.stripe_price_id if kind == "prices" else price.stripe_product_id
        getattr(make_client(shop.stripe).v1, kind).update(stripe_id, {"active": False})

        assert f"{stripe_id} is archived at Stripe" in wrongs()

    def test_missing_there_are_told(self, shop):
        shop.plan()
        shop.stripe.reset()

        assert "No such price" in wrongs()

    def test_never_published_are_told(self, shop):
        shop.stripe.switch(api_down=True)
        plan = shop.plan()
        shop.stripe.switch(api_down=False)

        assert f"The plan {plan} is on sale and has no price" in wrongs()


class TestEvents:
    def test_that_never_came_are_told(self, shop):
        assert "No event has ever come in." in watched()

    def test_that_came_are_told(self, shop):
        shop.sell()

        assert re.search(r"came \d+ seconds ago", wells())
        assert doctor.last_seen()["checkout.session.completed"] is not None
        assert doctor.last_seen()["charge.dispute.created"] is None

    def test_that_came_late_are_told(self, shop):
        shop.sell()
        StripeEvent.objects.update(created_at=timezone.now() - timedelta(minutes=301))

        assert "up to 5 hours late" in watched()

    def test_that_failed_are_told_with_the_error(self, shop):
        shop.sell()
        failed = StripeEvent.objects.filter(type="charge.updated")
        failed.update(state="failed", error="ValueError: no")

        assert f"1 charge.updated failed, lately {failed.get().stripe_event_id}" in wrongs()
        assert "ValueError: no" in wrongs()

    def test_that_wait_for_staff_are_watched(self, shop):
        shop.sell()
        StripeEvent.objects.filter(type="charge.updated").update(state="quarantined")

        assert "1 charge.updated quarantined" in watched()


def thin(type="v1.checkout.session.completed", **changes):
    """An event as a destination of thin payloads gets it: docs.stripe.com/event-destinations."""
    return {
        "id": f"evt_test_{uuid4().hex}",
        "object": "v2.core.event",
        "type": type,
        "livemode": False,
        "created": "2026-11-26T11:00:00.000Z",
        "related_object": {
            "id": "cs_test_x",
            "type": "checkout.session",
            "url": "/v1/checkout/sessions/cs_test_x",
        },
        **changes,
    }


class TestThinEvents:
    def test_are_answered_200_and_ignored_with_the_reason(self, shop):
        answer = shop.post(thin())

        row = StripeEvent.objects.get()
        assert (answer.status_code, row.state) == (200, "ignored")
        assert row.error == "thin_event"
        assert row.created_at == datetime(2026, 11, 26, 11, tzinfo=UTC)

    def test_alone_are_wrong(self, shop):
        shop.post(thin())
        shop.post(thin())

        [found] = (one for one in doctor.examine() if "thin" in one.message)

        assert found.level is doctor.Level.WRONG
        assert "2 thin events came in the last three days and nothing else since" in found.message
        assert "snapshot" in found.fix

    def test_are_wrong_where_reconciliation_brings_the_others(self, shop):
        shop.post(thin())
        shop.sell()
        StripeEvent.objects.snapshots().update(created_at=timezone.now() - timedelta(hours=1))

        assert "1 thin events came" in wrongs()

    def test_beside_the_others_are_watched(self, shop):
        shop.post(thin())
        shop.sell()

        assert "1 thin events came" in watched()
        assert "thin" not in wrongs()

    def test_of_what_does_not_concern_us_are_watched(self, shop):
        shop.post(thin("v2.core.account.updated"))

        assert "1 thin events came" in watched()
        assert "thin" not in wrongs()

    def test_of_last_week_are_forgotten(self, shop):
        shop.post(thin())
        StripeEvent.objects.update(received_at=timezone.now() - timedelta(days=7))

        assert "thin" not in watched() + wrongs()

    def test_are_not_the_last_event(self, shop):
        shop.post(thin())

        assert "No event has ever come in." in watched()


class TestMoney:
    def test_whose_refund_nobody_knows_of_is_told(self, shop):
        purchase = shop.sell()
        shop.stripe.switch(api_status=500)
        refunds.request(
            purchase=purchase,
            unit_amount=100,
            reason="",
            requested_by=make_staff(),
            nonce=uuid4(),
        )
        shop.stripe.switch(api_status=None)
        Refund.objects.update(created_at=timezone.now() - timedelta(hours=2))

        assert "1 refunds were asked for, and nobody knows" in wrongs()

    def test_that_should_have_come_is_told(self, shop):
        purchase = shop.open()

        with time_machine.travel(purchase.session_expires_at + timedelta(hours=2)):
            assert "1 purchases should have been paid or have expired" in wrongs()


class TestCommand:
    def run(self, **options):
        said = StringIO()
        try:
            call_command("doctor", stdout=said, **options)
        except CommandError as error:
            return said.getvalue(), str(error)
        return said.getvalue(), ""

    def test_ends_with_an_error_where_something_is_wrong(self, shop):
        said, error = self.run()

        assert "WRONG  No endpoint at Stripe" in said
        assert "→ Run `manage.py doctor --fix`." in said
        assert error.endswith("wrong.")

    def test_shows_the_new_secret_and_what_to_do_with_it(self, shop):
        said, _ = self.run(fix=True)

        assert "whsec_" in said
        assert "STRIPE_WEBHOOK_SECRET" in said

    def test_shows_no_secret_the_second_time(self, shop):
        self.run(fix=True)

        said, _ = self.run(fix=True)

        assert "whsec_" not in said

    def test_lists_each_type_of_event(self, shop):
        shop.sell()

        said, _ = self.run(events=True)

        assert "charge.dispute.created                        never" in said

    def test_says_that_stripe_did_not_take_the_fix(self, shop):
        shop.stripe.switch(api_down=True)

        assert "Stripe did not answer" in self.run(fix=True)[1]


class TestVouchers:
    def test_a_count_that_no_redemption_explains_is_wrong(self):
        make_batch(uses=5)
        assert "vouchers" not in wrongs()

        Voucher.objects.update(redeemed=1)

        assert "1 vouchers count other uses than they have redemptions." in wrongs()


class TestPaymentMethods:
    @pytest.fixture(autouse=True)
    def methods(self, settings):
        settings.PAYMENT_METHOD_TYPES = ["sepa_debit", "ideal", "blik"]

    def test_of_which_a_currency_on_sale_has_none_are_wrong(self, shop):
        shop.plan()
        shop.plan(currency="eur")

        assert "none of the PAYMENT_METHOD_TYPES in usd" in wrongs()
        assert "in eur" not in wrongs()

    def test_that_nobody_is_shown_are_watched(self, shop):
        shop.plan(currency="eur")

        assert "Nobody is shown blik of the PAYMENT_METHOD_TYPES" in watched()

    def test_that_each_currency_has_are_well(self, shop, settings):
        settings.PAYMENT_METHOD_TYPES = ["card", "sepa_debit"]
        shop.plan()
        shop.plan(currency="eur")

        assert "PAYMENT_METHOD_TYPES" not in wrongs() + watched()
