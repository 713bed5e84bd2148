"""Each rule that a session must keep to its purchase, and what every reader of the rules does."""

from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied

from billing import fulfilment, reconciliation, stripe_gateway, wording
from billing.models import Payment, Purchase, StripeEvent
from billing.reconciliation import Kind, restoring
from billing.settlement import session_rules
from billing.settlement.session_case import Case
from billing.staff import quarantine
from credits import ledger
from tests.people import make_staff, make_user
from tests.stripe_sandbox.buying import make_client
from tests.stripe_sandbox.test_discounting import make_code

pytestmark = pytest.mark.django_db

# What Stripe says of a session that was paid, otherwise than was promised; what it breaks.
OVERRULED = [
    ({"id": "cs_test_second"}, "id"),
    ({"mode": "subscription"}, "mode"),
    ({"amount_subtotal": 1}, "amount_subtotal"),
    ({"amount_discount": 100, "amount_total": 900}, "amount_discount"),
    ({"amount_tax": 80, "amount_total": 1080}, "amount_tax"),
    ({"amount_total": 900}, "amount_total"),
    ({"payment_status": "no_payment_required", "payment_intent_id": None}, "payment_status"),
]
FOR_GOOD = [
    ({"livemode": True}, "livemode"),
    ({"currency": "eur"}, "currency"),
    ({"payment_intent_id": None}, "payment_intent"),
]
ALL = [*OVERRULED, *FOR_GOOD]


@pytest.fixture
def purchase(shop):
    """A purchase that was paid, of which the site has not heard."""
    purchase = shop.open()
    shop.pay(purchase)
    return purchase


@pytest.fixture
def session(purchase):
    return stripe_gateway.retrieve_checkout_session(purchase.stripe_session_id)


def names(broken):
    return [one.name for one in broken]


@pytest.mark.parametrize(("change", "name"), ALL, ids=str)
class TestEachRule:
    def test_is_what_fulfilment_sets_aside_for(self, purchase, session, change, name):
        changed = replace(session, **change)
        [broken] = session_rules.contradictions(Case.of(changed, purchase))

        outcome = fulfilment.fulfil(changed)

        assert broken.name == name
        assert (outcome.is_quarantined, wording.say(outcome.reason)) == (
            True,
            broken.message,
        )
        assert ledger.balance(purchase.account) == 0

    def test_is_what_staff_see(self, purchase, session, change, name):
        assert names(quarantine.differences(replace(session, **change), purchase)) == [name]


@pytest.mark.parametrize(("change", "name"), ALL[1:], ids=str)
def test_a_lost_purchase_is_not_made_again_for_a_session_that_breaks_one(
    purchase, session, change, name
):
    Purchase.objects.all().delete()

    reason = restoring.restore(replace(session, **change))

    assert reason
    assert not Purchase.objects.exists()


class TestTheTotal:
    """What was paid is the price, less a discount, and tax as the price says: nothing else."""

    @pytest.mark.parametrize(
        ("behavior", "amounts", "broken"),
        [
            ("exclusive", (0, 190, 1190), []),
            ("exclusive", (0, 190, 1000), ["amount_total"]),
            ("inclusive", (0, 160, 1000), []),
            ("inclusive", (0, 160, 1160), ["amount_total"]),
            ("unspecified", (0, 190, 1190), []),
            ("unspecified", (0, 160, 1000), []),
            ("unspecified", (0, 160, 1100), ["amount_total"]),
            ("exclusive", (250, 143, 893), []),
            ("inclusive", (250, 120, 750), []),
            ("inclusive", (250, 120, 870), ["amount_total"]),
            ("exclusive", (250, 143, 1143), ["amount_total"]),
        ],
    )
    @pytest.mark.parametrize("by", ["automatic_tax", "managed_payments"])
    def test_is_as_promised(self, session, by, behavior, amounts, broken):
        discount, tax, total = amounts
        promised = Purchase.objects.get()
        promised.tax_behavior, promised.allow_promotion_codes = behavior, True
        setattr(promised, by, True)
        changed = replace(session, amount_discount=discount, amount_tax=tax, amount_total=total)

        assert names(session_rules.contradictions(Case.of(changed, promised))) == broken


class TestStaff:
    @pytest.mark.parametrize(("change", "name"), OVERRULED, ids=str)
    def test_may_overrule(self, purchase, session, change, name):
        changed = replace(session, **change)
        assert quarantine.why_not_grantable(changed, purchase) == ""

        fulfilment.fulfil_anyway(changed, by=make_staff())

        assert ledger.balance(purchase.account) == 100

    @pytest.mark.parametrize(
        ("change", "name"), [*FOR_GOOD, ({"payment_status": "unpaid"}, "payment_status")], ids=str
    )
    def test_may_not_overrule(self, purchase, session, change, name):
        changed = replace(session, **change)
        reason = quarantine.why_not_grantable(changed, purchase)
        assert reason

        with pytest.raises(fulfilment.CannotGrant) as refused:
            fulfilment.fulfil_anyway(changed, by=make_staff())

        assert str(refused.value) == reason
        assert ledger.balance(purchase.account) == 0

    def test_may_grant_with_the_permission_alone(self, purchase, session):
        with pytest.raises(PermissionDenied):
            fulfilment.fulfil_anyway(session, by=make_user(is_staff=True))

        assert ledger.balance(purchase.account) == 0

    def test_may_not_grant_a_second_time(self, shop, purchase, session):
        shop.deliver()
        purchase.refresh_from_db()

        assert "granted before" in quarantine.why_not_grantable(session, purchase)


class TestThePayment:
    def test_paid_for_another_purchase(self, shop, purchase, session):
        sold = shop.sell()
        changed = replace(session, payment_intent_id=sold.payment.stripe_payment_intent_id)

        [broken] = session_rules.impediments(Case.of(changed, purchase))

        assert "already paid for another purchase" in broken.message
        assert sold.short_number in broken.message

    def test_is_known_in_another_currency(self, purchase, session):
        Payment.objects.create(
            stripe_payment_intent_id=session.payment_intent_id, livemode=False, currency="eur"
        )

        [broken] = session_rules.impediments(Case.of(session, purchase))

        assert broken.message == "The payment is known in eur, and the purchase is in usd."

    def test_is_not_the_one_that_paid(self, shop, purchase, session):
        shop.deliver()
        purchase.refresh_from_db()
        changed = replace(session, payment_intent_id="pi_other")

        [broken] = session_rules.contradictions(Case.of(changed, purchase))

        paid_by = session.payment_intent_id
        assert broken.message == f"This purchase was paid by {paid_by}, and now by pi_other."


class TestTheBuyer:
    def test_is_gone_before_the_grant(self, purchase, session):
        purchase.account.user = None
        purchase.account.save(update_fields=["user"])

        [broken] = session_rules.impediments(Case.of(session, purchase))

        assert broken.message == "The person who bought is no longer known here."


class TestGranted:
    """Purchases whose row promises something else than their session was paid for."""

    @staticmethod
    def promise(purchase, **other):
        """Let a granted purchase have promised something else from the start."""
        fields = {
            field.attname: getattr(purchase, field.attname)
            for field in Purchase._meta.concrete_fields  # noqa: SLF001
        }
        Purchase.objects.filter(pk=purchase.pk)._raw_delete("default")  # noqa: SLF001
        Purchase.objects.create(**fields | other)

    @staticmethod
    def found():
        return [
            (finding.kind, finding.detail.split(",")[0])
            for finding in reconciliation.reconcile(
                reconciliation.Run(since=Purchase.objects.get().created_at.replace(microsecond=0)),
                repair=False,
            )
        ]

    @pytest.mark.parametrize(
        ("other", "detail"),
        [
            (
                {"unit_amount": 999, "offered_amount": 999},
                "amount_subtotal is 1000 at Stripe and 999 here",
            ),
            ({"currency": "eur"}, "currency is usd at Stripe and eur here"),
        ],
        ids=str,
    )
    def test_are_found_by_reconciliation(self, shop, other, detail):
        purchase = shop.sell()
        self.promise(purchase, **other)

        assert (Kind.AMOUNT_MISMATCH, detail) in self.found()

    def test_for_nothing_without_promotion_codes_are_found_too(self, shop):
        purchase = shop.open(plan=shop.plan(allow_promotion_codes=True))
        make_code(make_client(shop.stripe), code="FREE", percent_off=100)
        shop.stripe.pay(purchase.stripe_session_id, promotion_code="FREE")
        shop.deliver()
        purchase.refresh_from_db()
        assert (purchase.status, self.found()) == ("paid", [])
        self.promise(purchase, allow_promotion_codes=False)

        [(kind, detail)] = self.found()

        assert kind == Kind.AMOUNT_MISMATCH
        assert detail == "payment_status is no_payment_required at Stripe and paid here"


class TestTheTable:
    def test_is_all_of_what_is_tried_here(self):
        tried = {name for _change, name in ALL}
        known = {"metadata.user_id", "payment_intent.currency"}
        known |= {rule.name for rule in session_rules.RULES if rule.is_of_claim}

        assert {rule.name for rule in session_rules.RULES} == tried | known

    def test_says_which_rules_staff_may_overrule(self):
        assert {rule.name for rule in session_rules.RULES if rule.may_overrule} == {
            name for _change, name in OVERRULED
        } | {
            "metadata.purchase_id",
            "metadata.price_id",
            "metadata.quantity",
            "customer",
        }


class TestClosing:
    def test_a_second_session_is_set_aside_by_the_same_rule(self, purchase, session):
        second = replace(session, id="cs_test_second", status="expired")

        outcome = fulfilment.close(second, status=Purchase.Status.EXPIRED)

        assert outcome.state == StripeEvent.State.QUARANTINED
        assert wording.say(outcome.reason) == "A second session cs_test_second names this purchase."
