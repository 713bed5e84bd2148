"""Whose an event is: other accounts at Stripe, other shops on ours, and sessions like ours."""

import copy

import pytest

from billing.models import Dispute, Payment, Purchase, Refund, StripeEvent
from billing.staff import quarantine
from billing.stripe_gateway.objects import CheckoutSession
from credits import ledger

pytestmark = pytest.mark.django_db

OTHER = "acct_1CONNECTED"


def changed(event, *, id="evt_test_changed", of=None, **fields):
    """An event under another id: `of` is what its object says otherwise."""
    event = copy.deepcopy(event) | {"id": id, **fields}
    event["data"]["object"] |= of or {}
    return event


class TestAnotherAccount:
    @pytest.mark.parametrize(
        "named",
        [{"account": OTHER}, {"context": OTHER}, {"account": OTHER, "context": f"org_1/{OTHER}"}],
        ids=str,
    )
    def test_grants_nothing_and_leaves_nothing(self, shop, named):
        purchase = shop.open()
        shop.pay(purchase)
        event = changed(shop.event("checkout.session.completed"), **named)

        answer = shop.post(event)

        assert answer.status_code == 200
        assert ledger.balance(purchase.account) == 0
        assert not Payment.objects.exists()
        assert not StripeEvent.objects.filter(stripe_event_id=event["id"]).exists()

    def test_takes_nothing_back(self, shop):
        purchase = shop.sell()
        shop.refund(purchase)
        shop.stripe.dispute(purchase.payment.stripe_payment_intent_id, 500)

        for event in shop.undelivered():
            assert shop.post(event | {"account": OTHER}).status_code == 200

        assert ledger.balance(purchase.account) == 100
        assert not Refund.objects.exists()
        assert not Dispute.objects.exists()

    def test_is_not_confused_with_our_own_that_an_organization_names(self, shop, settings):
        settings.BILLING_STRIPE_ACCOUNT = "acct_1OURS"
        purchase = shop.open()
        shop.pay(purchase)
        event = shop.event("checkout.session.completed")

        shop.post(changed(event, id="evt_theirs", context=f"org_1/{OTHER}"))
        before = ledger.balance(purchase.account)
        shop.post(changed(event, id="evt_ours", context="org_1/acct_1OURS"))

        assert (before, ledger.balance(purchase.account)) == (0, 100)

    @pytest.mark.parametrize("nothing", [None, ""])
    def test_is_not_what_an_event_names_that_names_none(self, shop, nothing):
        purchase = shop.open()
        shop.pay(purchase)
        event = shop.event("checkout.session.completed")

        shop.post(event | {"account": nothing, "context": nothing})

        assert ledger.balance(purchase.account) == 100


@pytest.fixture
def waiting(shop):
    """A purchase of which Stripe's answer was lost, and the event of the session that it opened."""
    purchase = shop.open()
    shop.pay(purchase)
    promised = {field: getattr(purchase, field) for field in Purchase.SNAPSHOT}
    purchase.delete()
    return Purchase.objects.create(**promised), shop.event("checkout.session.completed")


# Of a session that says that it is ours: what it says otherwise, and the rule.
STRANGE = [
    ({"customer": "cus_other"}, "customer"),
    ({"customer": None}, "customer"),
    ({"metadata": {"user_id": "999999"}}, "metadata.user_id"),
    ({"metadata": {"price_id": "price_other"}}, "metadata.price_id"),
    ({"amount_subtotal": 1}, "amount_subtotal"),
    ({"currency": "eur"}, "currency"),
]


def saying(event, other, **changes):
    """The event, with its object's metadata changed key by key."""
    metadata = event["data"]["object"]["metadata"] | other.get("metadata", {})
    return changed(event, of=other | {"metadata": metadata}, **changes)


class TestASessionThatOurRowDoesNotName:
    def test_is_believed_where_nothing_contradicts_it(self, shop, waiting):
        purchase, event = waiting

        shop.deliver(event)

        purchase.refresh_from_db()
        assert (purchase.status, purchase.problem) == ("paid", "")
        assert purchase.stripe_session_id == event["data"]["object"]["id"]

    @pytest.mark.parametrize(("other", "name"), STRANGE, ids=str)
    def test_is_set_aside_where_something_does(self, shop, waiting, other, name):
        purchase, event = waiting

        shop.deliver(saying(event, other))

        purchase.refresh_from_db()
        row = StripeEvent.objects.get(stripe_event_id="evt_test_changed")
        assert (row.state, purchase.status) == ("quarantined", "pending")
        assert f"session's {name} is" in purchase.problem
        assert ledger.balance(purchase.account) == 0

    @pytest.mark.parametrize(("other", "name"), STRANGE[:4], ids=str)
    def test_ends_no_purchase_then(self, shop, waiting, other, name):
        purchase, event = waiting

        shop.deliver(saying(event, other, type="checkout.session.expired"))

        purchase.refresh_from_db()
        assert purchase.status == "pending"
        assert f"session's {name} is" in purchase.problem

    @pytest.mark.parametrize(("other", "name"), STRANGE[:4], ids=str)
    def test_is_shown_and_may_be_granted_unless_another_person_paid(
        self, shop, waiting, other, name
    ):
        purchase, event = waiting
        purchase.refresh_from_db()
        session = CheckoutSession.read(saying(event, other)["data"]["object"])

        shown = quarantine.differences(session, purchase)
        reason = quarantine.why_not_grantable(session, purchase)

        assert [broken.name for broken in shown] == [name]
        assert bool(reason) == (name == "metadata.user_id")


class TestASessionThatOurRowNames:
    @pytest.mark.parametrize(
        ("metadata", "name"),
        [
            ({"user_id": "999999"}, "metadata.user_id"),
            ({"price_id": "price_other"}, "metadata.price_id"),
            ({"purchase_id": "00000000-0000-4000-8000-000000000000"}, "metadata.purchase_id"),
        ],
        ids=str,
    )
    def test_grants_by_its_id_and_staff_are_told(self, shop, metadata, name):
        purchase = shop.open()
        shop.pay(purchase)
        event = shop.event("checkout.session.completed")

        shop.deliver(saying(event, {"metadata": metadata}))

        purchase.refresh_from_db()
        assert ledger.balance(purchase.account) == 100
        assert f"session's {name} is" in purchase.problem

    def test_says_nothing_wrong_by_saying_nothing(self, shop):
        purchase = shop.open()
        shop.pay(purchase)

        shop.deliver(changed(shop.event("checkout.session.completed"), of={"metadata": {}}))

        purchase.refresh_from_db()
        assert (purchase.status, purchase.problem) == ("paid", "")
