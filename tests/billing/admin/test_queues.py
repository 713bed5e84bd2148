"""Fraud warnings and shortfalls: what waits there for staff, and the ways out."""

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse

from billing.models import FraudWarning, Payment, Refund, Shortfall
from billing.staff import fraud
from credits import ledger
from credits.models import WriteOff
from tests.credits.factories import make_spend
from tests.staff import log_in, make_colleague, page, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return log_in(make_colleague("Refunds"))


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def make_warned(shop):
    """A purchase of which 30 credits were used before Stripe warned."""
    purchase = shop.sell()
    make_spend(account=purchase.account, credits=30)
    shop.stripe.warn(purchase.payment.stripe_payment_intent_id)
    shop.deliver()
    return purchase


def make_short(shop):
    """A purchase of which 80 credits were used before its money went back."""
    purchase = shop.sell()
    make_spend(account=purchase.account, credits=80)
    shop.refund(purchase)
    shop.deliver()
    return purchase


def listed(client, model, **filters):
    return [row.pk for row in client.get(page(model), filters).context["cl"].result_list]


class TestFraudWarnings:
    def test_freezes_nothing(self, shop):
        purchase = make_warned(shop)

        assert ledger.balance(purchase.account) == 70

    def test_says_what_was_used_and_what_waiting_may_cost(self, shop, client):
        make_warned(shop)

        text = " ".join(client.get(page(FraudWarning), {"answered": "no"}).text.split())

        assert "30 of 100" in text
        assert "A dispute takes $10.00 and adds the bank" in text
        assert "until then 70 more credits can be used" in text

    def test_counts_no_money_that_went_back_and_no_credits_taken_for_it(self, shop, client):
        purchase = make_warned(shop)
        shop.refund(purchase, 300)
        shop.deliver()

        text = " ".join(client.get(page(FraudWarning), {"answered": "no"}).text.split())

        assert "A dispute takes $7.00 and adds the bank" in text
        assert "until then 40 more credits can be used" in text

    def test_refunds_with_one_click_and_a_confirmation(self, shop, client):
        purchase = make_warned(shop)
        url = reverse("admin:billing_purchase_refund", args=[purchase.pk])
        filled = f"{url}?amount=all&reason=Early+fraud+warning"
        shown = client.get(page(FraudWarning), {"answered": "no"}).text
        assert filled.replace("&", "&amp;") in shown

        answer = client.get(filled)
        form = {field.name: field.value() for field in answer.context["form"]}
        assert not Refund.objects.exists()
        client.post(filled, form)

        assert Refund.objects.get().unit_amount == 1000
        assert Refund.objects.get().reason == "Early fraud warning"
        assert listed(client, FraudWarning, answered="no") == []

    def test_no_link_refunds_by_itself(self, shop, client):
        purchase = make_warned(shop)
        url = reverse("admin:billing_purchase_refund", args=[purchase.pk])

        client.get(
            url,
            {"amount": "10", "reason": "x", "nonce": "6f1f9c8e-7a4e-4a53-8f4d-0a6a8c6a4f11"},
        )

        assert not Refund.objects.exists()

    def test_lets_a_warning_be_with_a_reason(self, shop, client):
        payment = make_warned(shop).payment
        url = reverse("admin:billing_fraudwarning_dismiss", args=[payment.pk])
        assert client.post(url, {"reason": " "}).context["form"].errors

        answer = client.post(url, {"reason": "Known customer"}, follow=True)
        again = client.post(url, {"reason": "Me too"}, follow=True)

        payment.refresh_from_db()
        assert said(answer) == ["Noted. Nothing was refunded."]
        assert "looked at it before" in said(again)[0]
        assert payment.fraud_note == "Known customer"
        assert listed(client, FraudWarning, answered="no") == []
        assert listed(client, FraudWarning) == [payment.pk]
        assert LogEntry.objects.count() == 1

    def test_is_answered_by_a_dispute(self, shop, client):
        purchase = make_warned(shop)
        shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)
        shop.deliver()

        assert listed(client, FraudWarning, answered="no") == []

    def test_is_to_look_at_only_for_support(self, shop):
        payment = make_warned(shop).payment
        support = log_in(make_colleague("Support"))
        url = reverse("admin:billing_fraudwarning_dismiss", args=[payment.pk])

        assert url not in support.get(page(FraudWarning)).text
        assert support.post(url, {"reason": "x"}).status_code == 403
        with pytest.raises(PermissionDenied):
            fraud.dismiss(payment=payment, reason="x", by=make_colleague("Support"))
        assert log_in(make_colleague("Catalog")).get(page(FraudWarning)).status_code == 403

    def test_shows_one_payment(self, shop, client):
        payment = make_warned(shop).payment

        assert client.get(page(FraudWarning, "change", payment.pk)).status_code == 200

    def test_payment_fraud_answered_with_who_and_why(self, shop):
        payment = make_warned(shop).payment

        with (
            pytest.raises(IntegrityError, match="payment_fraud_answered_with_who_and_why"),
            transaction.atomic(),
        ):
            Payment.objects.filter(pk=payment.pk).update(fraud_note="x")

    def test_costs_no_query_a_row(self, shop, client):
        make_warned(shop)
        client.get(page(FraudWarning))
        one = queries_of(client, page(FraudWarning))
        make_warned(shop)

        assert queries_of(client, page(FraudWarning)) == one


class TestShortfalls:
    def url(self, purchase):
        return reverse("admin:billing_shortfall_write_off", args=[purchase.lot_id])

    def sent(self, client, purchase, **values):
        form = client.get(self.url(purchase)).context["form"]
        return {field.name: field.value() for field in form} | {"reason": "Goodwill"} | values

    def test_are_listed_with_what_they_are_worth(self, shop, client):
        purchase = make_short(shop)
        shop.sell()

        answer = client.get(page(Shortfall), {"owed": "yes"})

        assert [row.pk for row in answer.context["cl"].result_list] == [purchase.lot_id]
        assert "$8.00" in answer.text
        assert purchase.account.user.email in answer.text

    def test_are_found_by_address(self, shop, client):
        purchase, _other = make_short(shop), make_short(shop)

        assert listed(client, Shortfall, q=purchase.account.user.email) == [purchase.lot_id]

    def test_are_written_off_with_a_reason_and_leave_the_list(self, shop, client):
        purchase = make_short(shop)

        answer = client.post(self.url(purchase), self.sent(client, purchase), follow=True)

        row = WriteOff.objects.get()
        assert said(answer) == ["80 credits were written off."]
        assert (row.lot_id, row.credits, row.reason) == (purchase.lot_id, 80, "Goodwill")
        assert listed(client, Shortfall, owed="yes") == []
        assert listed(client, Shortfall) == [purchase.lot_id]
        assert "Goodwill" in client.get(page(Shortfall, "change", purchase.lot_id)).text

    def test_a_double_click_writes_off_once(self, shop, client):
        purchase = make_short(shop)
        sent = self.sent(client, purchase, credits=30)

        for _click in range(2):
            client.post(self.url(purchase), sent)

        assert [row.credits for row in WriteOff.objects.all()] == [30]

    @pytest.mark.parametrize("values", [{"credits": 81}, {"credits": 0}, {"reason": " "}], ids=str)
    def test_refuses_what_cannot_be(self, shop, client, values):
        purchase = make_short(shop)

        answer = client.post(self.url(purchase), self.sent(client, purchase, **values))

        assert answer.context["form"].errors
        assert not WriteOff.objects.exists()

    def test_are_to_look_at_only_for_support(self, shop):
        purchase = make_short(shop)
        support = log_in(make_colleague("Support"))

        assert self.url(purchase) not in support.get(page(Shortfall)).text
        assert support.get(self.url(purchase)).status_code == 403
        assert support.post(self.url(purchase), {"credits": 1}).status_code == 403


class TestFirstPage:
    def test_counts_what_waits_and_leads_there(self, shop, client):
        make_warned(shop)
        make_short(shop)

        answer = client.get(reverse("admin:index"))

        tiles = {tile.label: tile for tile in answer.context["overview"].queues}
        assert tiles["Fraud warnings"].figures == ["1"]
        assert tiles["Open shortfalls"].figures == ["1"]
        assert client.get(tiles["Fraud warnings"].url).status_code == 200
        assert client.get(tiles["Open shortfalls"].url).status_code == 200
