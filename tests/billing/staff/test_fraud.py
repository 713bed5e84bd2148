"""What staff decide about a payment that a bank warns of."""

from functools import partial

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from billing.models import Payment
from billing.staff import fraud
from tests.billing.waiting import in_a_thread, until_it_waits_for_a_lock
from tests.people import make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def warned(shop):
    purchase = shop.sell()
    shop.stripe.warn(purchase.payment.stripe_payment_intent_id)
    shop.deliver()
    return Payment.objects.get(pk=purchase.payment_id)


class TestDismiss:
    def test_says_who_and_why(self, warned):
        by = make_staff()

        payment = fraud.dismiss(payment=warned, reason="Known customer", by=by)

        payment.refresh_from_db()
        assert (payment.fraud_looked_by, payment.fraud_note) == (by, "Known customer")
        assert payment.fraud_looked_at
        assert payment.fraud_warned_at
        assert payment.fraud_looked_at >= payment.fraud_warned_at

    def test_needs_the_permission(self, warned):
        with pytest.raises(PermissionDenied):
            fraud.dismiss(payment=warned, reason="Known customer", by=make_user(is_staff=True))

    @pytest.mark.parametrize("reason", ["", "  ", "\n"])
    def test_needs_a_reason(self, warned, reason):
        with pytest.raises(fraud.ReasonMissing):
            fraud.dismiss(payment=warned, reason=reason, by=make_staff())

    def test_needs_a_warning(self, shop):
        payment = shop.sell().payment

        with pytest.raises(fraud.NotWarned):
            fraud.dismiss(payment=payment, reason="Known customer", by=make_staff())

    def test_is_done_once(self, warned):
        first = make_staff()
        fraud.dismiss(payment=warned, reason="Known customer", by=first)

        with pytest.raises(fraud.AlreadyAnswered) as refused:
            fraud.dismiss(payment=warned, reason="Me too", by=make_staff())

        assert refused.value.payment.fraud_looked_by == first


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_the_first_decision_stands(self, warned):
        people = [make_staff(), make_staff()]
        first, second = (
            partial(fraud.dismiss, payment=warned, reason="Known customer", by=by) for by in people
        )

        with in_a_thread(second) as later, transaction.atomic():
            first()
            later.start()
            until_it_waits_for_a_lock(later)

        assert isinstance(later.error, fraud.AlreadyAnswered)
        warned.refresh_from_db()
        assert warned.fraud_looked_by == people[0]
