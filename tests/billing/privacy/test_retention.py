"""What is left of Stripe's payloads when their time is over."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from djstripe import models as djstripe

from billing.mirror import sweeping
from billing.models import StripeEvent
from billing.privacy import retention

pytestmark = pytest.mark.django_db


def let_pass(days):
    at = timezone.now() - timedelta(days=days)
    StripeEvent.objects.update(received_at=at)
    for model in (djstripe.Session, djstripe.Charge, djstripe.PaymentIntent, djstripe.Event):
        model.objects.update(djstripe_updated=at)


def payloads():
    return str(
        [
            *StripeEvent.objects.values_list("payload", flat=True),
            *djstripe.Event.objects.values_list("data", "stripe_data"),
            *djstripe.Charge.objects.values_list("stripe_data", flat=True),
            *djstripe.Session.objects.values_list("stripe_data", flat=True),
        ]
    )


class TestPrune:
    def test_reduces_old_payloads_here_and_in_the_mirror(self, shop):
        buyer = shop.sell().account.user.email
        sweeping.sweep()
        before = payloads()
        let_pass(days=91)

        pruned = retention.prune()

        assert buyer in before
        assert buyer not in payloads()
        assert pruned.events == StripeEvent.objects.count()
        assert pruned.others["mirror"] == 3 + djstripe.Event.objects.count()

    def test_keeps_ids_states_and_sums(self, shop):
        purchase = shop.sell()
        let_pass(days=91)

        retention.prune()

        event = StripeEvent.objects.get(type="checkout.session.completed")
        session = event.payload["data"]["object"]
        assert event.state == StripeEvent.State.PROCESSED
        assert (session["id"], session["amount_total"], session["payment_status"]) == (
            purchase.stripe_session_id,
            1000,
            "paid",
        )

    def test_leaves_what_is_younger(self, shop):
        shop.sell()
        let_pass(days=89)
        before = payloads()

        pruned = retention.prune()

        assert (pruned.events, pruned.others["mirror"]) == (0, 0)
        assert payloads() == before

    def test_leaves_what_staff_has_yet_to_decide(self, shop):
        shop.sell()
        StripeEvent.objects.update(state=StripeEvent.State.QUARANTINED)
        let_pass(days=1000)

        assert retention.prune().events == 0

    def test_does_nothing_the_second_time(self, shop):
        shop.sell()
        sweeping.sweep()
        let_pass(days=91)
        retention.prune()
        before = payloads()

        again = retention.prune()

        assert (again.events, again.others["mirror"]) == (0, 0)
        assert payloads() == before

    def test_of_an_event_does_not_let_it_be_taken_in_again(self, shop):
        purchase = shop.sell()
        completed = shop.event("checkout.session.completed")
        let_pass(days=91)
        retention.prune()

        shop.deliver(completed)

        assert purchase.account.lots.count() == 1


class TestCommand:
    def test_counts_without_changing_anything(self, shop):
        shop.sell()
        let_pass(days=91)
        before, said = payloads(), StringIO()

        call_command("prune_events", dry_run=True, stdout=said)

        assert said.getvalue().startswith(f"Would reduce {StripeEvent.objects.count()} events")
        assert payloads() == before

    def test_takes_another_age(self, shop):
        shop.sell()
        let_pass(days=8)
        said = StringIO()

        call_command("prune_events", days=7, stdout=said)

        assert said.getvalue().startswith(f"Reduced {StripeEvent.objects.count()} events")
