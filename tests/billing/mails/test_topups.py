"""What people are mailed about their automatic top-up, in their own language."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing import mails
from billing.topups import charging, rules
from tests.billing.topups.factories import charged, queued, switch_on
from tests.credits.factories import make_lot
from tests.people import make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _offered(settings):
    settings.BILLING_TOP_UPS = True


def sent(mailoutbox):
    mails.send_due()
    return [(mail.subject, mail.body) for mail in mailoutbox]


class TestCharged:
    def test_says_what_was_bought_with_which_card(self, shop, mailoutbox):
        topup = charged(shop)

        [(subject, body)] = sent(mailoutbox)

        assert "topped up" in subject
        assert "100 credits for $10.00" in body
        assert "Visa ···· 4242" in body
        assert f"http://testserver/billing/purchases/{topup.purchase.uuid}/" in body
        assert f"Number: {topup.purchase.short_number}" in body

    def test_is_in_the_language_of_its_reader(self, shop, mailoutbox, settings):
        settings.BILLING_USER_LANGUAGE = "tests.billing.mails.test_topups.chinese"
        charged(shop)

        [(subject, body)] = sent(mailoutbox)

        assert "自动充值" in subject
        assert "100 点" in body


class TestFailed:
    def test_says_that_nothing_was_charged_and_what_comes(self, shop, mailoutbox):
        queued(shop, card="chargeCustomerFail")
        charging.charge_due()

        [(subject, body)] = sent(mailoutbox)

        assert "could not be charged" in subject
        assert "You have not been charged." in body
        assert "after an hour and after a day" in body

    def test_is_not_sent_where_it_was_paid_meanwhile(self, shop, mailoutbox):
        topup = queued(shop, card="chargeCustomerFail")
        charging.charge_due()
        shop.stripe.change_card(topup.card.stripe_payment_method_id, "visa")
        charging.charge_due(at=timezone.now() + timedelta(hours=1))

        assert [subject for subject, _body in sent(mailoutbox)] == [
            "Your credits on Credits were topped up"
        ]

    def test_is_not_sent_where_nothing_is_tried_again(self, shop, mailoutbox):
        bought, off = (queued(shop, card="chargeCustomerFail") for _ in range(2))
        charging.charge_due()
        make_lot(account=bought.account, credits=100)
        rules.switch_off_for(off.account.user)

        assert sent(mailoutbox) == []


class TestAuthentication:
    @pytest.fixture
    def topup(self, shop):
        topup = queued(shop, card="authenticationRequired")
        charging.charge_due()
        return topup

    def test_is_not_sent_where_they_paid_by_hand_meanwhile(self, shop, topup, mailoutbox):
        shop.sell(user=topup.account.user, plan=shop.plan(credits=1))

        assert not any("bank wants to ask" in subject for subject, _body in sent(mailoutbox))

    def test_is_not_sent_where_a_payment_by_hand_is_on_its_way(self, shop, topup, mailoutbox):
        shop.pay(shop.open(user=topup.account.user), "debit_clears")
        shop.deliver(shop.event("checkout.session.completed"))

        assert not any("bank wants to ask" in subject for subject, _body in sent(mailoutbox))

    def test_is_not_sent_where_the_balance_has_risen(self, topup, mailoutbox):
        make_lot(account=topup.account, credits=10)  # 50, the threshold

        assert sent(mailoutbox) == []

    def test_is_not_sent_where_it_was_switched_off(self, topup, mailoutbox):
        rules.switch_off_for(topup.account.user)

        assert sent(mailoutbox) == []

    def test_leads_to_paying_by_hand(self, shop, mailoutbox):
        topup = queued(shop, card="authenticationRequired")
        charging.charge_due()

        [(subject, body)] = sent(mailoutbox)

        assert "Your bank wants to ask you" in subject
        assert f"/billing/purchases/{topup.purchase.uuid}/" in body
        assert f"Number: {topup.purchase.short_number}" in body


class TestOff:
    @pytest.mark.parametrize(
        ("reason", "said"),
        [
            ("declined", "declined the card"),
            ("expired", "has expired"),
            ("removed", "was removed"),
            ("dispute", "disputed"),
            ("price", "price of the plan has changed"),
            ("plan", "gives less than you agreed to"),
            ("refused", "could not be charged"),
        ],
    )
    def test_says_why(self, shop, mailoutbox, reason, said):
        rules.switch_off(switch_on(shop), reason=rules.OffReason(reason))

        [(subject, body)] = sent(mailoutbox)

        assert "is off" in subject
        assert said in body

    def test_by_staff_says_whom_to_ask(self, shop, mailoutbox):
        rules.switch_off_by_staff(switch_on(shop), by=make_staff(), note="By phone")

        [(_subject, body)] = sent(mailoutbox)

        assert "Our staff switched it off." in body
        assert "By phone" not in body

    def test_is_not_sent_where_it_is_on_again(self, shop, mailoutbox):
        rule = switch_on(shop)
        rules.switch_off(rule, reason=rules.OffReason.PRICE_CHANGED)
        switch_on(shop, user=rule.account.user, credits=0)

        assert sent(mailoutbox) == []


def chinese(user):
    return "zh-hans"
