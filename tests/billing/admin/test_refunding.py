"""A refund, from a purchase's page to Stripe and back."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from billing.models import Refund
from credits import ledger
from credits.admin import notes
from tests.credits.factories import make_spend
from tests.staff import log_in, make_colleague, page

pytestmark = pytest.mark.django_db


class Colleague:
    """Somebody of the Refunds group before one purchase's refund form."""

    def __init__(self, purchase, *groups):
        self.user = make_colleague(*groups or ["Refunds"])
        self.client = log_in(self.user)
        self.purchase = purchase
        self.url = reverse("admin:billing_purchase_refund", args=[purchase.pk])

    def look(self):
        return self.client.get(self.url)

    def ask(self, amount, reason="Asked by mail", **data):
        return self.client.post(self.url, {"amount": amount, "reason": reason} | data)

    def confirmation(self, amount):
        """Give what the second page sends when its button is pressed."""
        form = self.ask(amount).context["form"]
        return {field.name: field.value() for field in form}

    def confirm(self, confirmation):
        """Press the button, and read the message on the page that follows."""
        answer = self.client.post(self.url, confirmation, follow=True)
        return [str(message) for message in answer.context["messages"]]

    def refund(self, amount):
        return self.confirm(self.confirmation(amount))


@pytest.fixture
def colleague(shop):
    return Colleague(shop.sell())


class TestAsking:
    def test_offers_all_that_is_left(self, colleague):
        colleague.refund("4")

        form = colleague.look().context["form"]

        assert form["amount"].value() == "6.00"
        assert "At most $6.00" in form.fields["amount"].help_text

    def test_knows_currencies_without_decimals(self, shop, settings):
        settings.BILLING_CURRENCY = "jpy"
        colleague = Colleague(shop.sell(plan=shop.plan(currency="jpy", unit_amount=1500)))

        assert colleague.look().context["form"]["amount"].value() == "1500"
        assert "Ensure that there are no more than 0 decimal places" in colleague.ask("1.5").text
        assert colleague.refund("500") == ["¥500 was refunded."]
        assert Refund.objects.get().unit_amount == 500

    @pytest.mark.parametrize(
        ("amount", "reason"),
        [("10.01", "x"), ("0", "x"), ("-1", "x"), ("0.001", "x"), ("", "x"), ("NaN", "x"),
         ("1e3", "x"), ("5", ""), ("5", "  "), ("5", "x" * 256)],
    )  # fmt: skip
    def test_refuses_what_cannot_be(self, colleague, amount, reason):
        answer = colleague.ask(amount, reason)

        assert answer.status_code == 200
        assert answer.context["form"].errors
        assert not Refund.objects.exists()

    def test_asks_nothing_where_nothing_is_left(self, colleague):
        colleague.refund("10")

        answer = colleague.client.get(colleague.url, follow=True)

        assert answer.redirect_chain
        assert "nothing to refund" in answer.text

    def test_asks_nothing_of_a_purchase_that_was_never_paid(self, shop):
        colleague = Colleague(shop.open())

        assert colleague.look().status_code == 302
        assert (
            ">Refund</a>"
            not in colleague.client.get(page(type(colleague.purchase), "change", 1)).text
        )


class TestPreview:
    def test_says_what_is_taken_back_and_what_stays_unpaid(self, colleague):
        make_spend(account=colleague.purchase.account, credits=80)

        answer = colleague.ask("5")

        words = " ".join(answer.text.split())
        assert "20 credits are taken back now." in words
        assert "30 credits of this purchase were used and are no longer paid for." in words
        assert "Refund $5.00 to person" in words

    def test_does_nothing_yet(self, shop, colleague):
        colleague.ask("5")

        assert not Refund.objects.exists()
        assert not shop.stripe.calls("POST", "/v1/refunds")

    def test_is_what_then_happens(self, colleague):
        make_spend(account=colleague.purchase.account, credits=80)
        preview = colleague.ask("5").context["preview"]

        colleague.refund("5")

        lot = colleague.purchase.lot
        lot.refresh_from_db()
        assert (lot.clawed_back, lot.shortfall) == (20, 30)
        assert (preview.credits_taken_back, preview.shortfall) == (20, 30)


class TestRefunding:
    def test_sends_the_money_takes_the_credits_and_says_so(self, colleague):
        said = colleague.refund("4")

        refund = Refund.objects.get()
        assert said == ["$4.00 was refunded."]
        assert (refund.status, refund.unit_amount) == ("succeeded", 400)
        assert (refund.reason, refund.requested_by) == ("Asked by mail", colleague.user)
        assert ledger.balance(colleague.purchase.account) == 60
        assert "Asked by mail" in notes.say(LogEntry.objects.get())

    def test_a_double_click_refunds_once(self, shop, colleague):
        confirmation = colleague.confirmation("10")

        said = [colleague.confirm(confirmation) for _ in range(2)]

        assert said == [["$10.00 was refunded."]] * 2
        assert Refund.objects.count() == 1
        assert len(shop.stripe.events("refund.created")) == 1

    def test_going_back_for_as_much_again_is_another_refund(self, colleague):
        colleague.refund("4")
        colleague.refund("4")

        assert ledger.balance(colleague.purchase.account) == 20

    def test_a_confirmation_used_with_another_amount_is_refused(self, colleague):
        confirmation = colleague.confirmation("4")
        colleague.confirm(confirmation)

        answer = colleague.client.post(colleague.url, confirmation | {"amount": "3"})

        assert "was used for another refund before" in answer.text
        assert Refund.objects.count() == 1

    def test_what_a_colleague_refunded_meanwhile_is_not_there_any_more(self, colleague):
        mine = colleague.confirmation("8")
        Colleague(colleague.purchase).refund("7")

        answer = colleague.client.post(colleague.url, mine)

        assert "less than or equal to 3.00" in answer.text
        assert Refund.objects.count() == 1


class TestStripeInTrouble:
    def test_a_refusal_is_told_in_stripes_words(self, shop, colleague):
        confirmation = colleague.confirmation("4")
        shop.stripe.dispute(colleague.purchase.payment.stripe_payment_intent_id)

        [said] = colleague.confirm(confirmation)

        assert said.startswith("$4.00 was not refunded, and no credits were taken.")
        assert "charged back" in said
        assert ledger.balance(colleague.purchase.account) == 100

    def test_no_answer_is_told_as_not_known(self, shop, colleague):
        confirmation = colleague.confirmation("4")
        shop.stripe.switch(api_down=True)

        [said] = colleague.confirm(confirmation)

        assert "may or may not have been made" in said
        assert Refund.objects.get().status == "requested"
        assert ledger.balance(colleague.purchase.account) == 60

    def test_a_refund_not_known_is_asked_for_again(self, shop, colleague):
        shop.stripe.switch(api_down=True)
        colleague.refund("4")
        refund = Refund.objects.get()
        resolve = reverse("admin:billing_refund_resolve", args=[refund.pk])
        still_down = colleague.client.post(resolve, follow=True)
        shop.stripe.switch(api_down=False)

        answer = colleague.client.post(resolve, follow=True)

        refund.refresh_from_db()
        assert "Stripe did not tell." in still_down.text
        assert "$4.00 was refunded." in answer.text
        assert refund.status == "succeeded"

    def test_pending_is_told_as_pending(self, shop):
        purchase = shop.open()
        shop.pay(purchase, "pendingRefund")
        shop.deliver()
        purchase.refresh_from_db()

        [said] = Colleague(purchase).refund("4")

        assert said == "Stripe took the refund of $4.00 and is still working on it."


class TestPermission:
    @pytest.mark.parametrize("group", ["Support", "Auditor", "Catalog"])
    def test_others_may_not(self, shop, group):
        colleague = Colleague(shop.sell(), group)

        assert colleague.look().status_code == 403
        assert colleague.ask("4").status_code == 403
        assert not Refund.objects.exists()

    def test_others_see_no_button(self, colleague):
        url = page(type(colleague.purchase), "change", colleague.purchase.pk)

        seen = [
            ">Refund</a>" in log_in(make_colleague(group)).get(url).text
            for group in ("Support", "Refunds")
        ]

        assert seen == [False, True]

    def test_others_may_not_ask_stripe_about_one_either(self, shop, colleague):
        shop.stripe.switch(api_down=True)
        colleague.refund("4")
        url = reverse("admin:billing_refund_resolve", args=[Refund.objects.get().pk])

        assert log_in(make_colleague("Support")).post(url).status_code == 403
        assert colleague.client.get(url).status_code == 405
