"""Purchases, payments, refunds, disputes and events as staff see them."""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.contrib import admin
from django.utils import timezone

from billing.models import Dispute, Payment, Purchase, Refund, StripeEvent
from credits.models import Account, Lot
from tests.people import make_staff
from tests.shop import promised
from tests.staff import log_in, make_colleague, page, queries_of

pytestmark = pytest.mark.django_db

SHOP = [Purchase, Payment, Refund, Dispute, StripeEvent]


def make_trouble(shop):
    """Sell something, refund a part of it and have it disputed."""
    purchase = shop.sell()
    shop.refund(purchase, 300)
    shop.deliver()
    shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)
    shop.deliver()
    return purchase


class TestReading:
    @pytest.mark.parametrize("model", SHOP)
    def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(self, shop, model):
        client = log_in(make_colleague("Support"))
        make_trouble(shop)
        client.get(page(model))
        few = queries_of(client, page(model))

        for _ in range(4):
            make_trouble(shop)

        assert queries_of(client, page(model)) == few

    @pytest.mark.parametrize("model", SHOP)
    def test_support_sees_each_row(self, shop, model):
        client = log_in(make_colleague("Support"))
        make_trouble(shop)

        for row in model.objects.all():
            answer = client.get(page(model, "change", row.pk))
            assert answer.status_code == 200
            assert 'name="_save"' not in answer.text

    @pytest.mark.parametrize("model", SHOP)
    def test_catalog_sees_none(self, model):
        assert log_in(make_colleague("Catalog")).get(page(model)).status_code == 403

    def test_a_purchase_has_nothing_left_once_its_time_is_up_swept_or_not(self, shop):
        purchase = shop.sell(plan=shop.plan(credits=100, valid_for_days=1))
        staff = make_colleague("Support")

        with time_machine.travel(timezone.now() + timedelta(days=2)):
            text = log_in(staff).get(page(Purchase, "change", purchase.pk)).text

        assert "0 of 100; 0 spent" in text

    def test_no_page_shows_the_secret_of_a_payment_page(self, shop):
        client = log_in(make_colleague("Support"))
        purchase = shop.sell()
        event = purchase.events.earliest("pk")
        event.payload["data"]["object"]["client_secret"] = "cs_secret_x"
        event.save()

        assert "cs_secret_x" not in client.get(page(StripeEvent, "change", event.pk)).text


class TestWriting:
    @pytest.mark.parametrize("model", SHOP)
    def test_nobody_adds_changes_or_deletes_a_row(self, shop, model):
        client = log_in(make_staff())
        make_trouble(shop)
        row = model.objects.latest("pk")

        answers = [
            client.get(page(model, "add")),
            client.post(page(model, "change", row.pk), {"status": "paid", "state": "processed"}),
            client.post(page(model, "delete", row.pk), {"post": "yes"}),
        ]

        assert [answer.status_code for answer in answers] == [403, 403, 403]
        assert set(admin.site.get_model_admin(model).actions or ()) <= {"replay"}
        assert model.objects.filter(pk=row.pk).exists()


class TestFollowing:
    def links(self, obj):
        return log_in(make_colleague("Support")).get(page(type(obj), "change", obj.pk)).text

    def test_an_account_leads_to_its_purchases(self, shop):
        account = shop.sell().account

        assert f"{page(Purchase)}?account__id__exact={account.pk}" in self.links(account)

    def test_a_purchase_leads_to_lot_account_payment_and_events(self, shop):
        purchase = shop.sell()

        shown = self.links(purchase)

        assert page(Lot, "change", purchase.lot.pk) in shown
        assert page(Account, "change", purchase.account.pk) in shown
        assert page(Payment, "change", purchase.payment.pk) in shown
        assert f"{page(StripeEvent)}?purchase__id__exact={purchase.pk}" in shown

    def test_a_payment_leads_to_purchase_refunds_and_disputes(self, shop):
        purchase = make_trouble(shop)

        shown = self.links(purchase.payment)

        assert page(Purchase, "change", purchase.pk) in shown
        assert page(Refund, "change", Refund.objects.get().pk) in shown
        assert page(Dispute, "change", Dispute.objects.get().pk) in shown

    def test_a_refund_and_a_dispute_lead_back(self, shop):
        purchase = make_trouble(shop)

        for row in (Refund.objects.get(), Dispute.objects.get()):
            shown = self.links(row)
            assert page(Purchase, "change", purchase.pk) in shown
            assert page(Payment, "change", purchase.payment.pk) in shown

    def test_events_of_one_purchase(self, shop):
        purchase, _other = shop.sell(), shop.sell()
        client = log_in(make_colleague("Support"))

        shown = client.get(page(StripeEvent), {"purchase__id__exact": purchase.pk})

        assert {event.purchase for event in shown.context["cl"].result_list} == {purchase}


class TestSearching:
    @pytest.fixture
    def client(self):
        return log_in(make_colleague("Support"))

    def found(self, client, model, term):
        return list(client.get(page(model), {"q": term}).context["cl"].result_list)

    def test_finds_a_purchase_by_anything_that_belongs_to_it(self, shop, client):
        shop.sell()
        purchase = make_trouble(shop)

        for term in (
            str(purchase.uuid),
            purchase.short_number,
            purchase.short_number[2:].lower(),
            str(purchase.pk),
            purchase.stripe_session_id,
            purchase.payment.stripe_payment_intent_id,
            purchase.payment.stripe_charge_id,
            Refund.objects.get().stripe_refund_id,
            Dispute.objects.get().stripe_dispute_id,
            purchase.account.user.email[:-4],
        ):
            assert self.found(client, Purchase, term) == [purchase], term

    @pytest.mark.parametrize("model", [Payment, Refund, Dispute])
    def test_finds_money_by_its_purchase_and_its_person(self, shop, client, model):
        shop.sell()
        purchase = make_trouble(shop)

        for term in (
            str(purchase.uuid),
            purchase.short_number,
            purchase.payment.stripe_payment_intent_id,
            purchase.account.user.email,
        ):
            assert len(self.found(client, model, term)) == 1, term

    def test_finds_both_purchases_of_one_short_number(self, shop, client):
        one = shop.sell()
        twin = Purchase.objects.create(
            **promised(one, uuid=UUID(int=one.uuid.int ^ 1), account=one.account)
        )
        shop.sell()

        assert self.found(client, Purchase, one.short_number) == [twin, one]

    def test_finds_a_purchase_by_its_number_though_it_could_be_a_short_one(self, shop, client):
        purchase = shop.sell()

        assert self.found(client, Purchase, f"{purchase.pk:08}") == [purchase]

    def test_finds_an_event(self, shop, client):
        shop.sell()
        event = StripeEvent.objects.earliest("pk")

        assert self.found(client, StripeEvent, event.stripe_event_id) == [event]
        assert self.found(client, StripeEvent, "evt_none") == []

    @pytest.mark.parametrize("model", SHOP)
    @pytest.mark.parametrize("term", ["zz", "%", "pi_%", "'", "re_", "9" * 18])
    def test_finds_nothing_where_there_is_nothing(self, shop, client, model, term):
        shop.sell()

        assert self.found(client, model, term) == []


class TestDesk:
    def test_lists_what_needs_a_person(self, shop):
        client = log_in(make_colleague("Support"))
        shop.sell()
        StripeEvent.objects.filter(pk=StripeEvent.objects.latest("pk").pk).update(
            state=StripeEvent.State.QUARANTINED, error="The refund is in eur."
        )

        shown = client.get(page(StripeEvent), {"queue": "open"})

        assert [event.state for event in shown.context["cl"].result_list] == ["quarantined"]
        assert "The refund is in eur." in shown.text
