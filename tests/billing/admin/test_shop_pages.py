"""Purchases, payments, refunds, disputes and events as staff see them."""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.contrib import admin
from django.utils import timezone

from billing.admin.states import StateFilter
from billing.models import Dispute, Payment, Purchase, Refund, StripeEvent
from billing.staff_site import stripe_pages
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


def refund_all(shop):
    purchase = shop.sell()
    shop.refund(purchase)
    shop.deliver()
    return purchase


def dispute(shop, **values):
    purchase = shop.sell()
    shop.stripe.dispute(purchase.payment.stripe_payment_intent_id, **values)
    shop.deliver()
    return purchase


def lose_dispute(shop):
    purchase = dispute(shop)
    shop.stripe.lose(purchase.payment.disputes.get().stripe_dispute_id)
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


class TestPurchases:
    """A refunded or disputed purchase never stands in the list as if it were simply paid."""

    @pytest.fixture
    def client(self):
        return log_in(make_colleague("Refunds"))

    def test_list_what_went_back_beside_the_price(self, shop, client):
        make_trouble(shop)

        text = client.get(page(Purchase)).text

        assert "$10.00" in text
        assert "Refunded: $3.00" in text
        assert "Disputed: $10.00" in text

    def test_count_no_refund_that_failed(self, shop, client):
        purchase = shop.sell()
        refund = shop.refund(purchase, 300, status="succeeded", becomes="failed")
        shop.stripe.settle_refund(refund["id"], "failed")
        shop.deliver()

        assert "Refunded:" not in client.get(page(Purchase)).text
        assert "Refunded:" not in client.get(page(Purchase, "change", purchase.pk)).text

    def test_show_nothing_that_went_back_where_nothing_was_paid(self, shop, client):
        purchase = shop.open()

        assert "Refunded:" not in client.get(page(Purchase, "change", purchase.pk)).text
        assert client.get(page(Purchase)).status_code == 200

    def test_offer_a_refund_while_there_is_something_to_refund(self, shop, client):
        purchase = shop.sell()

        text = client.get(page(Purchase, "change", purchase.pk)).text

        assert page(Purchase, "refund", purchase.pk) in text

    @pytest.mark.parametrize(
        ("trouble", "why"),
        [
            (refund_all, "all of the money has gone back, or is on its way"),
            (dispute, "The bank holds this money until it has decided on the"),
            (lose_dispute, "The bank gave this money back to the buyer"),
        ],
    )
    def test_say_why_nothing_can_be_refunded(self, shop, client, trouble, why):
        purchase = trouble(shop)
        url = page(Purchase, "refund", purchase.pk)

        text = client.get(page(Purchase, "change", purchase.pk)).text
        answer = client.get(url, follow=True)

        assert why in text
        assert url not in text
        assert 'aria-describedby="why-no-refund"' in text
        [message] = answer.context["messages"]
        assert why in message.message
        assert message.level_tag == "warning"  # a success, or an info, is a green tick

    def test_lead_from_the_refund_that_cannot_be_to_the_dispute(self, shop, client):
        purchase = dispute(shop)

        answer = client.get(page(Purchase, "refund", purchase.pk), follow=True)

        link = page(Dispute, "change", Dispute.objects.get().pk)
        assert f'<a href="{link}">dispute</a>' in str(*answer.context["messages"])

    def test_refuse_the_refund_where_the_dispute_came_meanwhile(self, shop, client):
        purchase = shop.sell()
        url = page(Purchase, "refund", purchase.pk)
        sure = client.post(url, {"amount": "5", "reason": "Asked for it"}).context["form"]
        shop.stripe.dispute(purchase.payment.stripe_payment_intent_id, amount=200)
        shop.deliver()

        client.post(url, {field.name: field.value() for field in sure})

        assert not Refund.objects.exists()

    def test_are_filtered_by_every_word_that_a_buyer_reads(self, shop, client):
        listed = client.get(page(Purchase)).context["cl"]
        [state] = [spec for spec in listed.filter_specs if isinstance(spec, StateFilter)]

        assert [label for _value, label in state.lookup_choices] == [
            "Not started",
            "Waiting for payment",
            "Being charged",
            "Payment processing",
            "Being checked",
            "Paid",
            "Partly refunded",
            "Refunded",
            "Disputed",
            "On hold",
            "Not paid",
            "Payment failed",
            "Closed",
        ]

    def test_bear_a_state_that_there_is_not(self, shop, client):
        shop.open()

        assert len(client.get(page(Purchase), {"state": "x"}).context["cl"].result_list) == 1


class TestDisputes:
    @pytest.fixture
    def client(self):
        return log_in(make_colleague("Support"))

    def test_are_in_words(self, shop, client):
        dispute(shop)

        for text in (
            client.get(page(Dispute)).text,
            client.get(page(Dispute, "change", Dispute.objects.get().pk)).text,
        ):
            assert "To be answered" in text
            assert "Fraud: the cardholder did not pay" in text
            assert "days left" in text

    def test_show_a_word_of_tomorrow_as_it_is(self, shop, client):
        dispute(shop)
        Dispute.objects.update(status="at_the_oracle", reason="bad_omen")

        text = client.get(page(Dispute)).text

        assert "The bank decides" in text
        assert "bad_omen" in text

    def test_are_answered_where_stripe_shows_the_payment(self, shop, client):
        purchase = dispute(shop)

        shown = client.get(page(Dispute)).text

        address = f"{shop.stripe.base_url}/payments/{purchase.payment.stripe_payment_intent_id}"
        assert f'<a href="{address}" rel="noreferrer">Answer at Stripe</a>' in shown

    @pytest.mark.parametrize(("livemode", "mode"), [(True, ""), (False, "test/")])
    def test_are_answered_in_the_dashboard(self, shop, settings, livemode, mode):
        dispute(shop)
        Payment.objects.update(livemode=livemode)
        settings.STRIPE_API_BASE = ""
        row = Dispute.objects.select_related("payment").get()

        assert stripe_pages.dispute_url(row) == (
            f"https://dashboard.stripe.com/{mode}disputes/{row.stripe_dispute_id}"
        )
        assert stripe_pages.payment_url(row.payment) == (
            f"https://dashboard.stripe.com/{mode}payments/{row.payment.stripe_payment_intent_id}"
        )

    def test_that_are_decided_ask_for_no_answer(self, shop, client):
        lose_dispute(shop)

        shown = client.get(page(Dispute)).text

        assert "Answer at Stripe" not in shown
        assert "left</span>" not in shown

    def test_are_filtered_by_what_is_to_be_done_the_soonest_first(self, shop, client):
        late, soon = dispute(shop), dispute(shop)
        asked = dispute(shop, inquiry=True)
        over = lose_dispute(shop)
        due = timezone.now() + timedelta(days=3)
        Dispute.objects.filter(payment=soon.payment).update(due_by=due)

        def listed(state):
            shown = client.get(page(Dispute), {"state": state}).context["cl"].result_list
            return [row.payment.purchase for row in shown]

        assert listed("answer") == [soon, late, asked]
        assert listed("open") == [soon, late]
        assert listed("decided") == [over]
