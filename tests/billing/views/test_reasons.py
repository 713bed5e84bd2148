"""Each row of the history says why it happened."""

from uuid import uuid4

import pytest
from django.urls import reverse

from billing import refunds
from credits import holds, ledger
from credits.models import Account, Lot, Operation
from tests.people import make_user
from tests.staff import make_colleague

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(client):
    user = make_user()
    client.force_login(user)
    return Account.objects.for_user(user)


def give(account, credits=100):
    ledger.grant(
        account=account,
        credits=credits,
        source=f"gift:{uuid4()}",
        kind=Lot.Kind.PROMOTION,
        expires_at=None,
    )


def reasons(client, kind):
    """The reasons of the newest row of a kind, as text and address."""
    shown = client.get(reverse("billing:history")).context["operations"]
    [(_row, found), *_rest] = [(row, found) for row, found in shown if row.kind == kind]
    return [(str(reason.text), reason.url) for reason in found]


class TestReasons:
    def test_of_a_use_name_the_operation(self, client, account):
        Operation.objects.create(slug="transcribe", name="Transcribe audio", base=1)
        give(account)
        ledger.spend(account=account, credits=5, key="job", operation="transcribe")

        assert reasons(client, "SPEND") == [("Transcribe audio", "")]

    def test_of_what_was_returned_name_what_it_was_for(self, client, account):
        give(account)
        spent = ledger.spend(account=account, credits=5, key="job", description="Interview")
        ledger.give_back(transaction=spent, credits=5, key="back")

        assert reasons(client, "GIVE_BACK") == [("From: Interview", "")]

    def test_of_a_reservation_say_what_became_of_it(self, client, account):
        give(account)
        hold = holds.hold(account=account, credits=10, key="job")
        assert reasons(client, "HOLD") == [("Still reserved", "")]

        holds.capture(hold=hold, credits=4)

        assert reasons(client, "HOLD") == [("4 of it used", "")]

    def test_of_credits_that_were_bought_lead_to_the_purchase(self, client, account, shop):
        purchase = shop.sell(user=account.user)

        [(text, url)] = reasons(client, "GRANT")

        assert text == f"Purchase {purchase.short_number}: {purchase.plan.name}"
        assert url == reverse("billing:purchase", args=[purchase.uuid])

    def test_of_credits_taken_back_name_the_refund(self, client, account, shop):
        purchase = shop.sell(user=account.user)
        shop.refund(purchase, 400)
        shop.deliver()

        assert reasons(client, "CLAW_BACK")[0] == ("Refund of $4.00", "")
        assert reasons(client, "CLAW_BACK")[1][1].endswith(f"{purchase.uuid}/")

    def test_name_a_refund_of_our_own_staff_too(self, client, account, shop):
        purchase = shop.sell(user=account.user)
        refunds.request(
            purchase=purchase,
            unit_amount=250,
            reason="Asked for",
            requested_by=make_colleague("Refunds"),
            nonce=uuid4(),
        )

        assert reasons(client, "CLAW_BACK")[0][0] == "Refund of $2.50"

    def test_name_the_dispute_and_its_end(self, client, account, shop):
        purchase = shop.sell(user=account.user)
        charge = shop.event("charge.succeeded")["data"]["object"]["id"]
        dispute = shop.stripe.dispute(charge, 300)["id"]
        shop.deliver()
        assert reasons(client, "CLAW_BACK")[0][0] == "Dispute about $3.00"

        shop.stripe.win(dispute)
        shop.deliver()

        assert reasons(client, "RESTORE")[0][0] == "Dispute about $3.00"
        assert purchase.short_number in reasons(client, "RESTORE")[1][0]
