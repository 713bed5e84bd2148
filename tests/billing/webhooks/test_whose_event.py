"""Whose an event is: other accounts at Stripe, other shops on ours, and sessions like ours."""

import copy
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from billing.models import Dispute, Payment, Purchase, Refund, StripeEvent
from billing.staff import quarantine
from billing.stripe_gateway.objects import CheckoutSession
from billing.webhooks import inbox, reading
from credits import ledger
from tests.billing.waiting import in_a_thread, until_it_waits_for_a_lock

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
    kept = (*Purchase.SNAPSHOT, *Purchase.FROZEN_ONCE_OPEN)
    promised = {field: getattr(purchase, field) for field in kept}
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
        assert (purchase.status, purchase.why) == ("paid", "")
        assert purchase.stripe_session_id == event["data"]["object"]["id"]

    @pytest.mark.parametrize(("other", "name"), STRANGE, ids=str)
    def test_is_set_aside_where_something_does(self, shop, waiting, other, name):
        purchase, event = waiting

        shop.deliver(saying(event, other))

        purchase.refresh_from_db()
        row = StripeEvent.objects.get(stripe_event_id="evt_test_changed")
        assert (row.state, purchase.status) == ("quarantined", "pending")
        assert f"session's {name} is" in purchase.why
        assert ledger.balance(purchase.account) == 0

    @pytest.mark.parametrize(("other", "name"), STRANGE[:4], ids=str)
    def test_ends_no_purchase_then(self, shop, waiting, other, name):
        purchase, event = waiting

        shop.deliver(saying(event, other, type="checkout.session.expired"))

        purchase.refresh_from_db()
        assert purchase.status == "pending"
        assert f"session's {name} is" in purchase.why

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
        assert f"session's {name} is" in purchase.why

    def test_says_nothing_wrong_by_saying_nothing(self, shop):
        purchase = shop.open()
        shop.pay(purchase)

        shop.deliver(changed(shop.event("checkout.session.completed"), of={"metadata": {}}))

        purchase.refresh_from_db()
        assert (purchase.status, purchase.why) == ("paid", "")


def foreign(event, number):
    """The event, of a payment that another shop on the same account made."""
    of = {"id": f"{event['data']['object']['id']}_foreign", "metadata": {}}
    return changed(
        event, id=f"evt_foreign{number}", of=of | {"charge": "ch_foreign", "payment_intent": "pi_x"}
    )


class TestAnotherShopOnOurAccount:
    @pytest.fixture
    def theirs(self, shop):
        """What Stripe says of a purchase of theirs, from charge to dispute."""
        purchase = shop.sell()
        intent = purchase.payment.stripe_payment_intent_id
        shop.refund(purchase, 100)
        shop.stripe.dispute(intent, 500)
        kinds = ("charge.", "refund.", "checkout.")
        events = [event for event in shop.stripe.events() if event["type"].startswith(kinds)]
        return purchase, [foreign(event, number) for number, event in enumerate(events)]

    def test_leaves_no_row_but_the_events(self, shop, theirs):
        purchase, events = theirs

        shop.deliver(*events)

        assert list(Payment.objects.all()) == [purchase.payment]
        assert not Refund.objects.exists()
        assert not Dispute.objects.exists()
        rows = StripeEvent.objects.filter(stripe_event_id__startswith="evt_foreign")
        assert {row.state for row in rows} == {"ignored"}

    def test_with_numbers_of_purchases_like_ours_leaves_none_either(self, shop, theirs):
        purchase, _events = theirs
        of = {"payment_intent": "pi_x", "metadata": {"purchase_id": str(uuid4())}}

        shop.deliver(changed(shop.event("charge.succeeded"), of=of))

        assert list(Payment.objects.all()) == [purchase.payment]


class TestMoneyThatIsKnownBeforeItsSession:
    def test_waits_and_is_noted_when_the_session_claims_it(self, shop):
        purchase = shop.open()
        intent = shop.pay(purchase)["payment_intent"]
        shop.stripe.refund(intent, 300)
        shop.stripe.dispute(intent, 200)
        early = [*shop.stripe.events("refund.created"), shop.event("charge.dispute.created")]

        shop.deliver(*early)
        before = Payment.objects.count()
        shop.deliver(shop.event("checkout.session.completed"))

        assert before == 0
        assert ledger.balance(purchase.account) == 50
        rows = StripeEvent.objects.filter(stripe_event_id__in=[event["id"] for event in early])
        assert {(row.state, row.waits_for, row.why) for row in rows} == {("processed", "", "")}
        assert {row.payment for row in rows} == {Payment.objects.get()}

    def test_is_set_aside_where_it_contradicts_the_payment(self, shop):
        purchase = shop.open()
        intent = shop.pay(purchase)["payment_intent"]
        shop.stripe.refund(intent, 300)
        early = changed(shop.event("refund.created"), of={"currency": "eur"})

        shop.deliver(early)
        shop.deliver(shop.event("charge.succeeded"))
        shop.deliver(shop.event("checkout.session.completed"))

        row = StripeEvent.objects.get(stripe_event_id=early["id"])
        assert (row.state, row.waits_for) == ("quarantined", "")

    def test_costs_the_usual_session_no_statement(self, shop):
        purchase = shop.open()
        shop.pay(purchase)
        shop.deliver(shop.event("charge.succeeded"))
        with CaptureQueriesContext(connection) as queries:
            shop.deliver(shop.event("checkout.session.completed"))

        about_waiting = [query["sql"] for query in queries if "waits_for" in query["sql"]]

        assert not [sql for sql in about_waiting if sql.startswith('SELECT "billing_stripeevent"')]
        assert ledger.balance(purchase.account) == 100


@pytest.mark.django_db(transaction=True)
def test_a_session_that_claims_a_payment_waits_for_news_of_it_that_is_being_taken_in(shop):
    purchase = shop.open()
    intent = shop.pay(purchase)["payment_intent"]
    shop.stripe.refund(intent, 300)
    completed, refunded = (
        reading.event_of(shop.event(kind))
        for kind in ("checkout.session.completed", "refund.created")
    )

    with in_a_thread(partial(inbox.receive, completed)) as claim, transaction.atomic():
        inbox.receive(refunded)
        claim.start()
        until_it_waits_for_a_lock(claim)

    assert claim.error is None
    assert ledger.balance(purchase.account) == 70
