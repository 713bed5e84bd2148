"""The quarantine queue: from the list of events to a decision."""

from dataclasses import replace

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils.html import strip_tags

from billing.admin import differences
from billing.models import Payment, Refund, StripeEvent
from billing.staff import quarantine
from credits import ledger
from credits.admin import notes
from tests.staff import log_in, make_colleague, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def purchase(shop):
    """A purchase that was paid, of which an event said something else."""
    purchase = shop.open()
    shop.pay(purchase)
    event = shop.event("checkout.session.completed")
    event["data"]["object"]["amount_subtotal"] = 999
    shop.deliver(event)
    return purchase


@pytest.fixture
def event(purchase):
    return StripeEvent.objects.get(state="quarantined")


@pytest.fixture
def url(event):
    return reverse("admin:billing_stripeevent_resolve", args=[event.pk])


@pytest.fixture
def client():
    return log_in(make_colleague("Refunds"))


def said(answer):
    return [str(message) for message in answer.context["messages"]]


class TestLooking:
    def test_shows_the_reason_what_was_promised_and_what_stripe_says(self, client, purchase, url):
        answer = client.get(url)

        words = " ".join(answer.text.split())
        assert "amount_subtotal is 999" in words
        assert "100 credits for $10.00" in words
        assert "Stripe says now: this session is paid, with $10.00." in words
        assert purchase.account.user.email in words

    def test_says_so_where_stripe_does_not_answer(self, client, shop, url):
        shop.stripe.switch(api_down=True)

        assert "Stripe does not tell" in client.get(url).text

    def test_offers_no_grant_that_nobody_may_make(self, client, purchase, url):
        assert "Grant 100 credits" in client.get(url).text
        Payment.objects.update(currency="eur")

        text = client.get(url).text

        assert "Grant 100 credits" not in text
        assert (
            '<th scope="row" title="payment_intent.currency">Currency of the payment</th>' in text
        )
        assert "<td>USD</td>" in text
        assert "<td>EUR</td>" in text
        assert "Nobody may grant these credits. The payment is known in eur" in text
        assert "Recommended: Send all the money back." in text

    def test_explains_what_is_on_offer_and_recommends_one(self, client, url):
        text = client.get(url).text
        words = " ".join(strip_tags(text).split())

        assert "Recommended: Grant the credits. The buyer has paid at least what" in words
        assert text.count('<span class="badge good">Recommended</span>') == 1
        assert "It can never happen twice." in words
        assert "who gets no credits for it." in words
        assert "No money and no credits move." in words

    def test_writes_sums_as_money_and_fields_by_name(self, client, purchase, url):
        session = quarantine.session_of(StripeEvent.objects.get(state="quarantined"))
        assert session
        broken = quarantine.differences(replace(session, amount_total=999), purchase)

        lines = differences.of(broken, session=session, purchase=purchase)

        assert ("Amount paid", "$10.00", "$9.99") in [
            (line.name, line.promised, line.found) for line in lines
        ]

    def test_says_who_has_to_do_what_is_recommended(self, shop, purchase, url):
        person = make_colleague()
        person.user_permissions.set(
            Permission.objects.filter(codename__in=["resolve_event", "view_stripeevent"])
        )
        Payment.objects.update(currency="eur")

        assert "A colleague who may do that has to decide." in log_in(person).get(url).text

    def test_is_led_to_from_the_event(self, client, event, url):
        assert url in client.get(page(StripeEvent, "change", event.pk)).text

    def test_is_not_for_everybody(self, event, url):
        support = log_in(make_colleague("Support"))

        assert support.get(url).status_code == 403
        assert support.post(url, {"resolution": "dismiss", "reason": "x"}).status_code == 403
        assert url not in support.get(page(StripeEvent, "change", event.pk)).text

    def test_offers_no_refund_to_who_may_not_refund(self, client, url):
        person = make_colleague()
        person.user_permissions.set(
            Permission.objects.filter(codename__in=["resolve_event", "view_stripeevent"])
        )

        choices = dict(log_in(person).get(url).context["form"].fields["resolution"].choices)

        assert "refund" not in choices
        assert {"grant", "dismiss"} <= choices.keys()


class TestDeciding:
    def test_grants(self, client, purchase, event, url):
        answer = client.post(url, {"resolution": "grant", "reason": "Paid"}, follow=True)

        assert said(answer) == ["100 credits were granted."]
        assert ledger.balance(purchase.account) == 100
        assert notes.say(LogEntry.objects.get()) == "Credits granted: Paid"

    def test_refunds(self, client, purchase, event, url):
        answer = client.post(url, {"resolution": "refund", "reason": "Wrong"}, follow=True)

        assert said(answer) == ["$10.00 was refunded."]
        assert Refund.objects.get().reason == "Wrong"

    def test_dismisses(self, client, event, url):
        answer = client.post(url, {"resolution": "dismiss", "reason": "A test"}, follow=True)

        event.refresh_from_db()
        assert said(answer) == ["The event was dismissed."]
        assert event.resolution_note == "A test"

    @pytest.mark.parametrize(
        "data", [{"resolution": "grant"}, {"reason": "x"}, {"resolution": "give", "reason": "x"}]
    )
    def test_needs_a_choice_and_a_reason(self, client, event, url, data):
        answer = client.post(url, {"resolution": "", "reason": " ", **data})

        assert answer.context["form"].errors
        event.refresh_from_db()
        assert event.state == "quarantined"

    def test_a_double_click_decides_once(self, client, purchase, url):
        data = {"resolution": "grant", "reason": "Paid"}
        client.post(url, data)

        answer = client.post(url, data, follow=True)

        assert "decided before" in said(answer)[-1]
        assert ledger.balance(purchase.account) == 100

    def test_says_why_nothing_was_done(self, client, shop, purchase, url):
        purchase.account.user = None
        purchase.account.save(update_fields=["user"])

        answer = client.post(url, {"resolution": "grant", "reason": "Paid"})

        assert "no longer known" in answer.text


class TestReplaying:
    def replay(self, client, *events):
        data = {"action": "replay", "_selected_action": [event.pk for event in events]}
        return client.post(page(StripeEvent), data, follow=True)

    def test_tries_a_batch_and_reports_each(self, client, shop):
        purchase = shop.sell()
        completed = StripeEvent.objects.get(type="checkout.session.completed")
        charge = StripeEvent.objects.get(type="charge.succeeded")
        fine = StripeEvent.objects.filter(type="payment_intent.created").first()
        StripeEvent.objects.filter(pk__in=[completed.pk, charge.pk]).update(state="failed")
        StripeEvent.objects.filter(pk=charge.pk).update(payload={"id": 5})

        answer = self.replay(client, completed, charge, fine)

        words = said(answer)
        assert len(words) == 3
        assert any(f"{completed.stripe_event_id}: Processed." in word for word in words)
        assert any("failed again" in word for word in words)
        assert any("was not tried again" in word for word in words)
        assert ledger.balance(purchase.account) == 100

    def test_is_not_for_everybody(self, shop):
        shop.sell()
        event = StripeEvent.objects.get(type="checkout.session.completed")
        StripeEvent.objects.filter(pk=event.pk).update(state="failed")

        self.replay(log_in(make_colleague("Support")), event)

        event.refresh_from_db()
        assert event.state == "failed"
